# Luohu in a container: no root, nothing written but /data.
#   docker build -t luohu .
#   docker run --read-only --cap-drop ALL --security-opt no-new-privileges -v luohu:/data -p 8080:8080 --env-file .env luohu
FROM debian:bookworm-slim AS build
RUN apt-get update && apt-get install -y --no-install-recommends python3 python3-venv && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY requirements-run.lock pyproject.toml README.md ./
RUN python3 -m venv /opt/luohu && /opt/luohu/bin/pip install --no-cache-dir --require-hashes -r requirements-run.lock
COPY bot bot
COPY flows flows
COPY policies policies
COPY locales locales
RUN /opt/luohu/bin/pip install --no-cache-dir --no-deps .

FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends python3 ca-certificates \
    libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin luohu && install -d -o luohu -g luohu /data
COPY --from=build /opt/luohu /opt/luohu
USER 10001
WORKDIR /data
VOLUME /data
ENV LUOHU_LISTEN=0.0.0.0:8080 LUOHU_DATABASE=/data/luohu.db PYTHONDONTWRITEBYTECODE=1
EXPOSE 8080
STOPSIGNAL SIGTERM
ENTRYPOINT ["/opt/luohu/bin/luohu"]
CMD ["serve"]
