"""Every sentence that the program says, once, as data: `words(BUSY)` says one in a language, `words(RECEIPT, code=…)` fills it.

What the policies say stands in policies/, and what a page alone says in its template.
"""

from flows.routes import Basis
from flows.rules import Status


def N_(message: str) -> str:
    """Marks a sentence for translation; it is looked up when it is said."""
    return message


# ---- how words are joined ----

ENUMERATION = N_("、")
AND_LAST = N_("{row}、{last}")
SEMICOLON = N_("；")
COMMA = N_("，")
BRACKETED = N_("{text}（{more}）")
JOINED = N_("{text}{more}")
DAY = N_("{year}年{month}月{day}日")
OUTSIDE = N_("（文件以外，仅供参考）{line}")

# ---- coming in ----

HELLO = N_("您好！我帮您对照文件看一看：户口能落到哪里，家人能不能一起迁，要带什么材料，到哪里办。")
WELCOME = (
    HELLO,
    N_("给自己问，还是给家人问？点一下或者打字说都行，不说也可以。替家人问，就按家人的情况回答。"),
    N_(
        "从选项里选一个，或者用自己的话把事情说一遍，都行；我听到了什么，会先跟您核对。拿不准的，选“说不清”，我会告诉您怎么弄清楚。"
    ),
)
ASKS_FOR = {"self": N_("给自己问"), "family": N_("给家人问")}
KIOSK_TITLE = N_("落户咨询")
WELCOME_TO_KIOSK = (HELLO, N_("不用登记，不问姓名和证件号。请选语言，然后一题一题地点。"))
WELCOME_TO_PHONE = (HELLO, N_("不用登记，不问姓名和证件号；半小时没有动静，回答就自动清除。请选语言，然后一题一题地点。"))
OVER_HERE = N_("这次问答已经结束，回答都清除了。")  # to whoever presses something of it in another window
CITY_OF_START = N_("要办的城市：{city}。")  # as the link says that led here
RESTART_BY_WORD = N_("要的话，请输入“{yes}”；不要，就接着回答。")  # the same where nothing can be pressed
CHOOSE_LANGUAGE = N_("请选择语言：")
LINK_GONE = N_("这个码用不了了：已经用过，或者过了10分钟。还要转过来的，请在自助机上再要一个。")
CITY_OF_LINK = N_("您点的是{city}的链接，已经换成{city}。跟人有关的回答还在。")
DESCRIPTION = N_("落户咨询：对照{cities}的文件，看哪条途径适合、带什么材料、到哪里办。点“开始”就行。")

# ---- privacy ----

PRIVACY = N_(
    "提醒：下面会问到比较私密的事（孩子、军人、困难情况、户口问题）。回答只用来对照文件，不问姓名和证件号，"
    "{hours}小时没有动静就自动删掉。不想说的可以选“说不清”，也可以随时发 /forget 清除。"
)
PRIVACY_AT_KIOSK = N_(
    "提醒：下面会问到比较私密的事（孩子、军人、困难情况、户口问题）。回答只用来对照文件，不问姓名和证件号；"
    "两分钟没人动，这台机器就自动清除。不想说的可以选“说不清”，走之前请点“完成并清除”。"
)
PRIVACY_ON_PHONE = N_(
    "提醒：下面会问到比较私密的事（孩子、军人、困难情况、户口问题）。回答只用来对照文件，不问姓名和证件号；"
    "半小时没有动静就自动清除。不想说的可以选“说不清”，用完请点“完成并清除”。"
)
PRIVATE_QUESTION = N_("下面要问的比较私密。您的回答只用来对照文件，不记姓名和证件号；不想说的，可以说“说不清”。")
ABOUT = N_(
    "我对照{cities}的文件回答落户问题，不是政府的审批窗口。我不看您的名字和电话，只记下选过的选项，{hours}小时没有动静就删掉；"
    "发 /forget 马上删掉，告知单上的窗口核对码也一起作废。不发的话，核对码留30天，只对应选过的选项，不对应您这个人。"
    "您发的消息会经过 Telegram 在境外的服务器，请不要发姓名、证件号和照片。"
)
FORGOTTEN = N_(
    "已经清除：这里不再有您的任何回答。48小时以内的聊天记录我也请 Telegram 删了；更早的，请您在聊天窗口里自己删。"
    "想再问，发 /start。"
)

# ---- questions ----

STAGE = N_("【{stage}】")
SEVERAL = N_("（可以多选）")
HINT = N_("小提示：{hint}")
UNSURE_LABEL = N_("说不清")
SEVERAL_TYPED = N_("选几项的，把序号用空格隔开，例如：1 3。")
AMOUNT_TYPED = N_("也可以直接打数，例如：{example}。")
SEVERAL_PRESSED = N_("有几项就点几项，再点“选好了”。也可以输入序号，例如：1 3。")
DONE = N_("选好了")
NOTHING_TICKED = N_("一项也没有选。有的，请点一下前面的方框；都没有，请点“{nothing}”。")
INFERRED = N_("{answer}（照您说的推出来的）")
SHORT_AND_ANSWER = N_("{short}：{answer}")
ECHO = "✓ {answered}"  # the last answer, above the next question
PROGRESS = N_("第 {number} 题")
NO_ANSWERS_YET = N_("您还没有回答过问题。")
HEARD_WAITS = N_("刚才听到的还没有算数。选“返回”，核对一下。")  # on the list of answers
YOUR_ANSWERS = N_("这些是您的回答。想改哪一项，就选哪一项：")
WHICH_TOPIC = N_("想看哪一项？")

WHY_CITY = N_("为什么问：每个市的文件不一样，先要知道是哪个市。")
WHY_MATTER = N_("为什么问：知道您要办什么事，就能先问最要紧的。")
WHY_NO_MORE = N_("为什么问：这个回答以前影响过结果；按现在的情况，它已经不起作用了。")
WHY_ROUTES = N_("为什么问：这个问题决定下面的途径适不适合、要怎么办：{routes}。")
WHY_NOTHING = N_("现在没有要回答的问题。")

# ---- what was heard in somebody's own words ----

WHAT_I_HEARD = N_("我听到的是：")
HEARD_FOR = {"self": N_("（给自己问，下面说的是您自己的情况）"), "family": N_("（替家人问，下面说的是家人的情况）")}
NUMBERED = "{number} {line}"
HEARD_ANOTHER = N_("{short}：原来是“{before}”，现在是“{answer}”")
IS_THAT_RIGHT = N_("对吗？")
AGREE = N_("对，接着办")
CHANGE_HEARD = N_("改“{short}”")
REFUSE = N_("都不对")
TELL_IT = N_("直接说您的事")
HOW_TO_TELL_IT = N_("像平时说话一样写：在哪个城市、想办什么、现在什么情况。我听到什么，先给您看，您点“对”才算。原话用过就丢。")
TOLD = N_("说好了")
AGREED = N_("好，都记下了。")
REFUSED = N_("好，刚才那些都不算。请看下面。")
WHICH_OF_THESE = N_("您刚才说的，我拿不准是下面哪一种：")
TOPIC_SAYS = N_("{title}：{says}（{clause}）")
NOT_WRITTEN_HERE = N_("{thing}：文件没有写，去问派出所。")
SAID_BEFORE = N_("这个您前面说过，已经记下了。")
GREETING = N_("您好，我在。请接着说。")

# ---- commands and choices ----

BACK_TO_START = N_("从头来")
COMMANDS = {
    "back": N_("返回"),
    "why": N_("为什么问"),
    "review": N_("改答案"),
    "restart": N_("重新开始"),
    "begin": N_("开始"),
    "help": N_("帮助"),
    "leave": N_("退出"),
}
COMMANDS_LINE = N_("（也可以输入：{words}）")
COMMAND_MENU = {  # Telegram's own
    "start": COMMANDS["begin"],
    "back": N_("回到上一题"),
    "answers": N_("查看、修改回答"),
    "result": N_("再看一次告知单"),
    "restart": BACK_TO_START,
    "handoff": N_("转给热线接着办"),
    "language": N_("换语言 Language"),
    "forget": N_("清除我的回答"),
    "help": N_("怎么用"),
    "about": N_("关于和隐私"),
}
HELP = N_(
    "怎么用：输入选项的序号或者文字，或者用自己的话把事情说一遍。“返回”回到上一题，“改答案”修改前面的回答，“为什么问”看这道题的用处，"
    "“重新开始”从头来，“退出”结束并清掉回答。我只按文件说，不替派出所做决定。"
)
HELP_IN_CHAT = N_(
    "怎么用：点问题下面的选项就行，也可以输入序号或者选项里的字，或者用自己的话把事情说一遍。“返回”回到上一题，“改答案”看前面的回答、改其中一项，"
    "“为什么问”看这道题的用处。/result 再看一次告知单，/handoff 转给热线的工作人员，/language 换语言，/restart 从头来，"
    "/forget 马上清除您的回答。我只按文件说，不替派出所做决定。"
)
CHANGE_ANSWERS = N_("改前面的回答")
OTHER_ROUTES = N_("看看别的途径")
TOPICS = N_("权益和服务（上学、社保、土地等）")
COPY_ASK = N_("复制第{number}句")
COPY_NUMBER = N_("复制核对码")
PAPER_LIST = N_("材料清单（可打勾）")
TAKE_AWAY = N_("带走（PDF）")
KEEP_IT_SAFE = N_("单子上没有姓名和证件号，但能看出您的家庭情况，请收好。")
NO_SLIP_NOW = N_("单子没有传过来。您的回答都还在，过一会儿请再点一次“带走”。")
SURELY_RESTART = (N_("要清掉前面的回答，从头问起吗？"), BACK_TO_START, N_("不，接着问"))  # the question, yes, no

# ---- remarks ----

NOT_UNDERSTOOD = N_("这句我没看懂。请输入选项前面的序号，或者选项里的字；拿不准就选“说不清”。")
TOO_LONG = N_("这段话太长，我没有看，也没有保存。请拣要紧的说，每次不超过 {most} 个字，分几次发也行。")
NOT_UNDERSTOOD_ON_PAGES = N_("这句我没看懂。请点下面的选项，或者换个说法再写一遍。")
NOT_UNDERSTOOD_AT_THE_END = N_("这句我没看懂。请选下面的选项；具体的事，请打电话问派出所。")
YOU_ARE_WELCOME = N_("不客气。")
OLD_BUTTON = N_("这是前面那道题的选项，没有改动您的回答。请看下面。")
OLD_LIST = N_("这张清单太旧了，打不上勾。要新的，请发 /result，再点“材料清单”。")
NO_OTHER_ROUTES = N_("别的途径都已经问过了，没有更多要问的。")
OUT_OF_PLACE = N_("现在还用不上这个。")
OTHER_CITY = N_("换了城市。跟人有关的回答都还在，跟原来城市有关的要重新问。")
CHANGED_IT = N_("改好了。")
CHANGED_NOTHING = N_("改好了，各条途径的结果没有变化。")
CHANGED = N_("改好了。{changes}。")
ROUTE_CHANGED = N_("{route}：由“{before}”变为“{after}”")
NEW_RULES = N_("您上次问过以后，我们对照的规定改了；变的是规定，不是您说的情况。")
NEW_RESULTS = N_("您上次看到的结果，按现在的规定有变化：{changes}。")
OTHER_SET_OF_ROUTES = N_("有的途径是新加的，或者没有了，请看下面。")
NEW_DETAILS = N_("{routes}的结论没有变，要带的材料、户口落在哪里或者谁能随迁，有变化，请看下面。")
DROPPED_ANSWERS = N_("这些题的回答用不上了，还用得着的会再问：{asks}")
SOME_DROPPED = N_("有的回答用不上了，还用得着的会再问。")
NOTHING_YET = N_("还没问完，再答几题才有告知单。")
SHEET_AGAIN = N_("要再看告知单，发 /result。")
ONLY_WORDS = N_("照片、语音、位置和文件我看不了，也没有保存。请点下面的选项，或者输入文字。")
ONLY_PRIVATE = N_("落户的事涉及个人情况，请点我的头像，单独和我聊。")
ALONE_WITH_US = N_("单独聊")
EARLY = N_("您刚才这句，是在看到下面这道题以前发的，没有算作回答。请看下面。")
EARLY_AT_SHEET = N_("您刚才这句，是在看到告知单以前发的，没有算作回答，单子没有变。要改前面的回答，请点“改前面的回答”。")
EARLY_AT_LIST = N_("您刚才这句，是在看到下面这些以前发的，没有算作回答。请看下面。")
FORWARDED = N_("转发来的消息不算您的回答，也没有保存。请点下面的选项，或者自己输入。")
EDITED = N_("改动过的消息，我不会当成新的回答，您的回答没有变。要改什么，请另发一条消息告诉我。")
CHANGE_TO = N_("您把消息改了。要把“{short}”改成“{answer}”吗？")
CHANGE_IT, LEAVE_IT = N_("改"), N_("不改")
PERHAPS = N_("这句我还是没看懂。是不是下面这几个意思？")
NONE_OF_THESE = N_("都不是，看全部选项")
RING_A_HUMAN = N_("还是没看懂，对不起。要找人帮忙，可以打电话给{hotline}；要把您的回答转给他们接着办，先发 /handoff 要一个号码。")
HOTLINE = N_("热线{number}")
RING_WITHOUT_CODE = N_("要找人问，可以打电话给{hotline}。")
LOCAL_HOTLINE = N_("当地的政务热线")
GONE = N_(
    "现在没有进行中的问答。{hours}小时没有动静，您的回答就自动删掉了。收到过的告知单还可以看；"
    "单子上的窗口核对码30天内有效（发过 /forget 的除外），把它发给我，就能接着看那时的回答和结果。"
)
RESTORED = N_("按核对码找到了，下面是那时的回答，按现在的文件对照的。")
NOT_FOUND = N_(
    "没有找到这个核对码：可能过了30天，或者输错了。请对照单子再看一遍。要是打热线用的号码，在电话里念给接线员就行，不用发到这里。"
)
TOO_MANY_NUMBERS = N_("试的次数太多了，请过十分钟再发。")
OWN_ANSWERS = N_("您这里还有别的回答，没有动。要换成那一份，请先点“重新开始”，再发一次核对码，或者再点一次链接。")
OWN_CITY = N_("您这里的问答还没有完，链接里的城市没有换上。要换城市，请改前面的回答，或者点“重新开始”。")
BUSY = N_("现在有点忙，您前面的回答都还在。刚才这句不用再发，过一会儿就接着办。")
WENT_WRONG = N_("刚才这一下没有办成，您前面的回答都还在。请再试一次；还是不行，请打电话问派出所。")
NO_TALK = N_("现在没有进行中的问答。要问落户的事，请点“开始”，或者直接把事情说一遍。")
GOODBYE = N_("好的，今天就到这里。您的回答已经清掉了。")

# ---- elsewhere: the hotline, the phone ----

AT_THE_HOTLINE = N_("现在由热线的工作人员接着办，您先看着就行。办完以后，结果会回到这里。")
HANDOFF = N_(
    "请拨打{hotline}，把这个号码念给工作人员：{code}\n10分钟内有效，只能用一次。工作人员输入以后，就能接着您现在的回答往下办。"
    "号码只念给您自己打通的热线，不要发给别人。"
)
RING_THIS_NUMBER = N_("请拨打{number}，接通后把上面的号码念给工作人员。他们输入以后，就能接着您现在的回答往下办。")
RING_THE_HOTLINE = N_("打通热线以后，把上面的号码念给工作人员。他们输入以后，就能接着您现在的回答往下办。")
TOUCH_WHILE_CALLING = N_("打电话的时候，请隔几分钟点一下屏幕。五分钟没有人点，这里就自动清除。")
CODE_ONCE = N_("号码10分钟内有效，只能用一次。请不要念给别人。")
NOTHING_TO_HAND_OVER = N_("现在没有可以转给热线的内容。")
CLOCK = N_("没有人点屏幕，{left} 以后自动清除")
NUMBER_GOES = N_("离开的时候，这个号码和您的回答一起清除。要拿号码去窗口，请打印、带走；或者抄下来，再点“记下号码”。")
NUMBER_KEPT = N_("号码保留30天：窗口凭它能看到这些回答和结果。请抄下来，或者带上打印的单子。")
NUMBER_ON_PHONE = N_("请记下窗口核对码：清除以后，它还能用30天，窗口凭它能看到这些回答和结果。")
MOVED_TO_PHONE = N_("已经转到您的手机上，这台机器已经清除。")
MOVED_TO_TELEGRAM = N_("已经转到 Telegram，这个网页上已经清除。")

# ---- the answer sheet ----

STATUS: dict[Status, str] = {
    "fits": N_("可以申请"),
    "fits_if": N_("还差几点"),
    "local_rules": N_("要看当地规定"),
    "ambiguous": N_("文件不清楚，先问派出所"),
    "not_governed": N_("归别处的规定管"),
    "none": N_("不符合"),
    "open": N_("还没有细问"),
}
SHEET_OF_CITY = N_("{city}：落户告知单")
SHEET_OF_NO_CITY = N_("落户告知单")
FIND_OUT_CITY = N_("先想好户口要落在哪个市，再来问：每个市的文件不一样。一般看家在哪里、在哪里上班上学。")
ONLY_THESE_CITIES = N_("我这里只有这几个市的文件：{cities}。别的城市，去当地派出所问，这里的规定不能照搬。")
NOT_YET_IN_FORCE = N_("{city}现在没有生效的落户文件：{document}从{day}起才施行。这里先不能对照，请打当地的户籍电话问。")
NO_MORE_IN_FORCE = N_("{city}现在没有生效的落户文件：{document}施行到{day}为止。这里不能再对照，请打当地的户籍电话问。")

# who is spoken of
YOU = N_("您")
THE_CHILD = N_("孩子")
THE_MOVER = N_("要迁户口的人")
THE_RESIDENT = N_("要办居住证的人")
MOVER_NAMES = {  # in a row after the person
    "spouse": N_("爱人"),
    "minor_child": N_("未成年的孩子"),
    "adult_child": N_("成年的孩子"),
    "others": N_("其他一起迁的人"),
}
AND_ALONG = N_("{person}和{along}")
YOU_AND_ALONG = N_("您和{along}")

# the answer
ANSWER_FITS = N_("{people}可以申请{doing}。")
ANSWER_LACKING = N_("现在还不能去办，还差：{lacks}。")
ANSWER_UNKNOWN = N_("还要先弄清：{unknown}。")
ANSWER_LACKING_AND_UNKNOWN = N_("现在还不能去办，还差：{lacks}；还要弄清：{unknown}。")
PERHAPS_ELSEWHERE = N_("弄清以后，{people}的事也可能要按别处的规定办。")
ANSWER_THEN = {  # after what is lacking: by what it can become at best
    "fits": N_("这些都好了，{people}就可以申请{doing}。"),
    "local_rules": N_("这些都好了，{people}能不能申请{doing}，还要看具体标准；标准这份文件没有写，先打电话问。"),
    "detailed_rules": N_("这些都好了，{people}能不能申请{doing}，还要看当地的细则。"),  # where the document itself says so
    "ambiguous": N_("这些都好了，{people}能不能申请{doing}，文件还有没写清楚的，要先问派出所。"),
    "not_governed": PERHAPS_ELSEWHERE,
}
ANSWER_IF_SO = {  # after what is only not known: by what it can become at best
    "fits": N_("对得上的话，{people}就可以申请{doing}。"),
    "local_rules": N_("对得上的话，{people}能不能申请{doing}，还要看具体标准；标准这份文件没有写，先打电话问。"),
    "detailed_rules": N_("对得上的话，{people}能不能申请{doing}，还要看当地的细则。"),
    "ambiguous": N_("对得上的话，{people}能不能申请{doing}，文件还有没写清楚的，要先问派出所。"),
    "not_governed": PERHAPS_ELSEWHERE,
}
ANSWER_PERHAPS = N_("弄清以后，可能还要看：{perhaps}。")
ANSWER_THEN_OWN = N_("这些都好了：{says}")  # by the route's own sentence, with what that reserves
ANSWER_IF_SO_OWN = N_("对得上的话：{says}")
ANSWER_LOCAL_RULES = N_("文件有这一条：{people}可以申请{doing}；够不够条件，要看具体标准；标准这份文件没有写，先打电话问。")
ANSWER_AMBIGUOUS = N_("{people}能不能申请{doing}，文件没有写清楚（{unclear}），要先打电话问派出所。")
ANSWER_AHEAD = N_("现在还不能申请。到时候，{people}可以申请{doing}。")
ANSWER_RIGHTS = N_("想了解的，文件里写了下面这些，选一项就能看。")
OTHER_TOPICS = N_("还可以看：{topics}。")
ANSWER_ELSEWHERE = N_("这件事不由这份文件决定，要按别处的规定办。")
ANSWER_NONE = N_("按现在的情况，这件事在这份文件里还没有对得上的路。不等于以后也不行，差在这里：")
ANSWER_OPEN = N_("知道的还不够，下不了结论。还要问清：{what}。")
ANSWER_NONE_OF = N_("“{route}”要{needs}。")
ALSO = {  # another route of the matter: by whether something is lacking, and whether something is not known
    (False, False): N_("另外一条路，“{route}”：{status}。"),
    (True, False): N_("另外一条路，“{route}”：还差{lacks}。"),
    (False, True): N_("另外一条路，“{route}”：还要先弄清{unknown}。"),
    (True, True): N_("另外一条路，“{route}”：还差{lacks}；还要弄清{unknown}。"),
}
ALSO_SAYS = N_("另外一条路，“{route}”：{says}")
ALSO_FITS = N_("“{route}”按您说的也对得上。")
OVERVIEW = N_("还说不清不要紧。{city}的文件写了下面这些路，看看哪一条像您的情况：")
OVERVIEW_ROUTE = N_("{route}：{glance}")
OVERVIEW_ASK = N_("都拿不准，就带上身份证、户口本，到想落户的地方的派出所问。")

# what to do
HEADINGS = {
    "steps": N_("明天先做"),
    "errand": N_("去哪里、带什么"),
    "errand_later": N_("都齐了，再去办"),
    "errand_ahead": N_("到时候，再去办"),
    "asks": N_("电话里这样问"),
    "together": N_("谁能一起迁"),
    "place": N_("户口落在哪里"),
    "never_mind": N_("不用管的"),
    "not_written": N_("这份文件没有写"),
    "also": N_("另外"),
}
STEP_RING = N_("先给派出所打个电话，照下面“电话里这样问”问清楚，再带上材料去。")
STEP_ASK = N_("给派出所打电话，照下面“电话里这样问”念。")
STEP_FIND_OUT = N_("先弄清：{what}。{how}")
MUST_HAVE = N_("必须有：")
USUALLY_ASKED = N_("多半也会要（文件没列）：")
STATION = N_("要落户的地方的派出所")
GO_TO = N_("去{station}。去之前打个电话。")
GO = N_("去{station}。")  # where a step says already to ring
GO_LATER = N_("到时候，再去{station}。")  # said aloud, where something has to be done first
WHICH_RIGHT = N_("文件里写了{count}样权益和服务。您想了解哪一样？")  # said aloud in place of a list that the page shows
WINDOW_NOT_WRITTEN = N_("文件没有写哪个窗口，户口的事一般由派出所收（文件以外）。")
QUOTED = N_("“{text}”")
FOR_A_RELATIVE = N_("我替家里人问：下面说的‘我’，是要办事的这个家里人。")
FOR_A_PARENT = N_("要办的是孩子的事，下面说的‘我’，就是孩子的爸爸或者妈妈。")
NOT_IN_DOCUMENT = N_("{things}。这些，打电话问派出所。")

POINT_UNSURE = N_("还没弄清是不是这样：{condition}。{how}")
POINT_LACKING = N_("还差：{condition}。{cure}")
POINT_UNCLEAR = N_("不清楚的地方：{unclear}")
POINT_ASK_POLICE = N_("可以这样问派出所：{question}")
POINT_NOT_KNOWN = N_("还不知道：{condition}。")
POINT_NOT_ASKED = N_("还有一题没有问到，可能改变结果：{question}")

REFUSED_FOR = N_("这一条要求：{reasons}。您说的情况不符合。")
REFUSED_LATER = N_("到时候还要看：{later}。")

PLACES_IN_DOUBT = N_("要先弄清“{what}”，才知道是下面哪一种：")
FAMILY_NOT_WRITTEN = N_("家人能不能一起迁，文件没有写。打电话的时候问一句：“家人能不能跟我一起迁？”")
FAMILY_REST = N_("别的家人（{people}）能不能一起迁，文件没有写。打电话的时候问一句：“家人能不能跟我一起迁？”")
FAMILY_OWN = N_("{people}也看这一条：自己申请，各人的条件各人看。")
FAMILY_MAY_MOVE = N_("可以一起迁：{people}。")
FAMILY_LEFT_OPEN = N_("文件没有写明能不能一起迁：{people}。打电话问派出所：“这样的家人能不能一起迁？”")
FAMILY_APART = N_("这一条能带的，是住在一起的家人。不住在一起，就带不了：{people}。")
FAMILY_NOT_LISTED = N_("文件没有列出，这一条不能带：{people}。可以看看他们自己有没有途径。")
FAMILY_IF_SINGLE = N_("先弄清成年的孩子结没结婚、有没有收入，才知道能不能一起迁：{people}。")
FAMILY_IF_ADULT = N_("先弄清是不是一起居住生活（成年的孩子还要看结没结婚、有没有收入），才知道能不能一起迁：{people}。")
FAMILY_IF_TOGETHER = N_("先弄清是不是一起居住生活，才知道能不能一起迁：{people}。")
FAMILY_MAY_MOVE_SOME = N_("文件点了名、能一起迁的：{people}。人数有限，看下面。")
FAMILY_NAMED = N_("文件点名可以一起迁的，是一起居住生活的：{people}。")

BASIS: dict[Basis, str] = {
    "named": N_("文件点名要的"),
    "condition": N_("文件规定的条件"),
    "implied": N_("文件未列明，派出所可能要求"),
}
DEPARTMENT = N_("文件写明的负责部门：{department}。")
CLAUSE_OF_DOCUMENT = N_("依据：{document}{clause}")
CLAUSE = N_("依据：{clause}")
DOCUMENT_UNDATED = N_("文本没有写文号和日期")

UNASKED = N_("别的路没有问您，还有{count}条；要看，选“看看别的途径”，或者去派出所问。")
UNASKED_YET = N_("这些路都还没有细问；要一条一条问，选“看看别的途径”，或者去派出所问。")
UNASKED_ON_PAPER = N_("还没有细问的路，要看可以再来问一次，或者去派出所问。")
NO_DECISION = N_("这张单子是拿您说的情况对照文件：{document}。不是审批；批不批由办理的机关定。")
VERSION = N_("政策数据版本：{version}")
ASKED_ON = N_("查询日期：{day}")
RECEIPT = N_("窗口核对码：{code}（30天内有效，窗口凭它能看到同样的回答和结果）")

SAID_HEADING = N_("您说的情况")
FOLDED = N_("为什么、依据哪一条、别的路")
REFUSALS_HEADING = N_("为什么别的途径不合适")
PLACEMENT_HEADING = HEADINGS["place"]
FAMILY_HEADING = N_("谁可以一起迁")
PAPERS_HEADING = N_("要带的材料")
WHERE_HEADING = N_("到哪里办")
NOTES_HEADING = N_("请注意")
HALL_HEADING = {  # by where it is read
    "here": N_("您现在所在的大厅"),
    "paper": N_("打印这张单子的大厅"),
    "phone": N_("自助机所在的大厅"),
}
NOT_OF_THIS_HALL = N_("不办{city}的户口")
