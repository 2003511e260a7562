"""The Telegram channel: takes updates in, shows views, sends replies. Knows nothing about hukou."""
