"""Kinship: what relatives of the speaker are to each other."""

TO_EACH_OTHER = {  # my mother joins my brother: who moves and whom they join, as the speaker calls them -> what that makes them
    ("parent", "sibling"): ("parent",),
    ("parent", "parent"): ("spouse",),
    ("grandparent", "parent"): ("parent",),
    ("spouse", "parent"): ("in_law", "adult_child"),  # mine, or her own
    ("child_in_law", "child"): ("spouse",),
    ("child", "child_in_law"): ("spouse",),
    ("parent_in_law", "spouse"): ("parent",),
    ("sibling", "parent"): ("minor_child", "adult_child"),
    ("grandchild", "child"): ("minor_child", "adult_child"),
    ("child", "spouse"): ("minor_child", "adult_child"),
    ("child", "parent"): ("grandchild",),
    ("child", "parent_in_law"): ("grandchild",),
    ("child", "grandparent"): ("grandchild", "great_grandchild"),  # the child's, or mine
    ("child", "sibling"): ("other",),
    ("grandchild", "spouse"): ("grandchild",),
    ("grandparent", "sibling"): ("grandparent",),
    ("grandparent", "other_kin"): ("parent", "other"),  # an uncle is a son of theirs, if he is one of that side
    ("great_grandchild", "great_grandparent"): ("great_grandchild",),
}

SEEN_FROM = {  # what the speaker, a soldier, is to the relative who moves
    "spouse": "spouse",
    "child": "parent",
    "parent": "child",
    "grandchild": "grandparent",
    "grandparent": "grandchild",
}
SOLDIERS = {  # who moves and who is a soldier, as the speaker calls them -> what the first is to the second
    ("parent", "parent"): ("spouse",),
    ("child", "child_in_law"): ("spouse",),
    ("child_in_law", "child"): ("spouse",),
    ("grandchild", "child"): ("child",),
    ("grandchild", "child_in_law"): ("child",),
    ("parent", "child"): ("other_lineal",),
    ("spouse", "child"): ("other_lineal",),
    ("parent", "sibling"): ("other_lineal",),
}

SPEAKERS_HOME = {"parent": ("child",), "child": ("parent",), "spouse": ("spouse",)}  # whose home the speaker's is to the mover
