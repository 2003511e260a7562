"""What is told in a family of several and leaves open whose it is, or whom one joins, is asked: each beside one that is settled."""

import pytest

from conftest import BOOK
from flows.hearing.ears import Ears

EARS = Ears(BOOK)
CASES = [
    # a relative would come to the speaker, who is not said to move: the speaker's own is not the mover's
    ("我妈想来跟我住，她户口在湖北，我在韶关浈江有房", "housing", "我在韶关浈江有房，我想落户"),
    ("接我奶奶过来养老，我在乐清上班", "ties", "我在乐清上班，我想落户"),
    ("我姐说老人过来医保就断了，我在瑞安买了套小的", "housing", "我在瑞安买了套小的"),
    ("我姐姐跟她孩子没地方去，户口迁到我家行吗，我家是村里的", "rural_origin", "我家是村里的，想进城"),
    ("我妹妹离了婚带个孩子回来住，想上我家户口，我家是村里的", "rural_origin", "我妹妹离了婚回来住，我是村里的"),
    ("老婆快生了，我户口是农村的，她是城镇的", "hukou_kind", "老婆快生了，我户口是农村的，我想迁到县城"),
    ("我退伍了，想把我老婆迁来昌图", "soldier_relation", "转业回武山，媳妇还在新疆，能把她也迁来吗"),
    ("我退伍了在昌图，我妈想来跟我住", "soldier_relation", "我退伍了在昌图，想把户口迁来"),
    # it stands there already, or did once
    ("我跟女儿一起落在我妈家，现在我妈要卖房，户口往哪放", "matter", "我户口想落在我舅家"),
    ("我小时候超生没上户口，后来挂在姑姑家", "record_problem", "我小时候超生没上户口"),
    # of whom the text began to tell, and whose kin they are
    ("我爸退休了住我弟家，我弟在清河区，要落我弟那里", "joiner_relation", "我退休了住我弟家，要落我弟那里"),
    ("战友牺牲了，他媳妇带着娃在老家，我帮她问问能不能把户口落到她公婆那", "joiner_relation", "我想把户口落到我公婆那"),
    ("我儿媳想问问，儿子是士官，儿媳跟我们住在秦安", "soldier_relation", "我想问问，儿子是士官，我住在秦安"),
    ("我妈要迁来我这里，她跟我弟住一起", "live_together", "我妈要迁来我这里，她跟我住一起"),
    ("我住在姐姐家，户口想落在我爷爷家", "housing", "我住在爷爷家，户口想落在我爷爷家"),
    # who moves along lives together with the mover
    ("我在凤庆县城租的房子，房东同意，爸妈一起迁，他们还在乡下住", "movers", "我在凤庆县城租的房子，爸妈一起迁，他们跟我一起住"),
    ("我在凤庆县城买了房，爱人跟我一起迁，她在昆明上班", "movers", "我和爱人在凤庆上班，爱人跟我一起迁"),
    ("我爷爷一起迁，我在凤庆县城有房，爷爷住敬老院", "movers", "我爷爷一起迁，我在凤庆县城有房，养老院还没去看"),
    ("我在麦积区上班，爸妈一起迁，爸妈没过来", "movers", "我在麦积区上班，爸妈一起迁，爸妈户口在老家"),
    ("我在开原买了楼，我妈一起迁，我妈在黑龙江老家", "movers", "我在开原买了楼，我妈一起迁，我妈以前在黑龙江老家"),
    ("我在开原买了楼，我妈一起迁，她一个人住", "movers", "我在开原买了楼，我妈一起迁，她跟我住"),
    ("我在开原买了楼，我妈一起迁，还在乡下住", "movers", "我在开原买了楼，我妈一起迁，我还在乡下住"),
    # who lets it to the speaker is not its owner
    ("我在云县租房，房东也同意落户，不过房东也是租别人的", "owner_consents", "我在云县租房，房东也同意落户，不是转租"),
    ("房东说行，已经备案，房东是租来再租给我的", "owner_consents", "房东说行，已经备案，合同写了不能转租"),
    # whose father it is whom a child would join
    ("继子想投靠继父，乐昌城里", "joiner_relation", "孩子想投靠我爸，乐昌城里"),
    ("我带过来的儿子十六岁上高中，想跟他后爸落一块", "live_together", "我带过来的儿子跟我住"),
    # where a relative is, and which of two places
    ("我媳妇是军人，孩子跟我妈在瓯海，我想问我跟孩子能不能随她", "city", "孩子跟我在瓯海，我想问问能不能落户"),
    ("我打工，孩子跟我妈在瓯海，我想问问能不能随她", "ties", "我在瓯海打工，孩子跟我妈，我想问问"),
    ("我在龙湾有房，哥在鹿城也有房，落谁家好", "county", "我在龙湾有房，哥在鹿城也有房，我想落龙湾"),
    ("我在龙湾有房，哥在鹿城也有房，爸妈落谁家好", "housing", "我在龙湾有房，哥在鹿城也有房"),
    # what one has left, or is to leave
    ("老婆先前在温州，嫁给我迁到江西，现在她想迁回去", "city", "老婆先前在江西，嫁给我想迁到温州"),
    ("我姥爷家在清河，我户口在他那，姥爷没了，舅要我迁走", "city", "我家在清河，想迁到我舅那"),
    ("孩子户口还在秦安老家他奶奶那，要一起迁去吗", "city", "孩子户口还在秦安老家他奶奶那，我想转去秦安"),
    ("我户口转回泰顺老家了，结婚后我想跟他走", "city", "我户口想转回泰顺老家"),
    ("他叫我退伍后去他们那", "soldier_relation", "我退伍后在铁岭开了店"),
    ("我是军嫂，老公牺牲了，娃三岁", "soldier_relation", "我是军嫂，娃三岁"),
    ("户口跟着单位走，现在单位撤了，我在韶关", "work", "我在单位上班，在韶关"),
    ("她把孩子户口迁到她弟弟家去了，她弟弟在调兵山，我能不能要回来", "city", "孩子户口想迁到她弟弟家，她弟弟在调兵山"),
    ("侄儿考上温州的大学，他妈让他把户口迁回村里", "city", "侄儿考上温州的大学，户口要迁吗"),
    ("爷爷在外地有退休工资，奶奶户口还在仁化我二叔那", "city", "奶奶户口还在仁化我二叔那，我想落他那"),
    ("孩子给我哥养，现在想要回来，孩子在西丰我在沈阳", "city", "孩子给我哥养，孩子在西丰，我想落户西丰"),
    # who acts
    ("大舅子在铁岭开饭店二十年，户口早迁过去了，说户口也给办", "work", "我在铁岭开饭店二十年，户口也想迁过去"),
    ("孩子她爸是巴基斯坦人，在我们临沧做生意，孩子四岁了", "work", "我在临沧做生意，孩子四岁了"),
    (
        "俺家老二当兵第五年，谈的媳妇是老师，问结婚能不能把户口迁到俺们家，俺家是昌图农村",
        "soldier_relation",
        "俺家老二当兵第五年，俺想随他",
    ),
    ("我儿子当兵，他对象想迁到我家来", "soldier_relation", "我儿子当兵，我想迁到他那"),
    ("孩子出生想跟他落，我户口在江西农村", "hukou_kind", "孩子六岁，我户口在江西农村，我想落户"),
    ("我出生证上父亲是空的，要给我上户口，我今年都二十了", "matter", "孩子出生证上父亲是空的，要上户口"),
    ("小姑子没地方住，带着孩子住我家书房，她要把户口落进来", "housing", "我没地方住，想落户鹿城"),
    ("我爸在马来西亚生的，他想回来落户", "child_birthplace", "娃在马来西亚生的，想回来落户"),
    # what only is a case of children, or a motive, or long ago
    ("老伴是五保，跟我过了三十年没领证，现在想给她上户口", "parents_marriage", "我们没领证，孩子怎么上户口"),
    ("亲家母问她能不能落户，她女儿户口已经落在这里", "child_registered", "娃能不能落户，女儿户口已经落在这里"),
    ("孩子想在温州上小学，户口能落吗", "matter", "孩子想在温州上小学，怎么报名"),
    ("是大哥供我读书，大哥在开原有楼，他让我户口落他那，我研究生刚毕业", "ties", "我在开原读书，大哥也在"),
    ("在鹿城租的房，房东没说同不同意", "owner_consents", "在鹿城租的房，房东没同意"),
    ("结完婚我就可以随军了吧，部队在外地", "follow_army", "随军批了，部队在外地"),
]


@pytest.mark.parametrize(("said", "fact", "settled"), CASES)
def test_what_relatives_leave_open_is_asked(said: str, fact: str, settled: str) -> None:
    assert fact not in EARS.hear(said).facts
    assert fact in EARS.hear(settled).facts
