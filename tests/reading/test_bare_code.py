from __future__ import annotations

import pytest

from fitscribe.reading.bare_code import is_switched_on_alone, without_switch

BARE = '"""A script."""\nimport numpy as np\nx = np.ones(3)\n'


@pytest.mark.parametrize(
    "code",
    [
        BARE,
        "import fitscribe; fitscribe.autolog()\n" + BARE,
        '"""A script."""\n\nimport fitscribe\n\nfitscribe.autolog()\n\nimport numpy as np\n\nx = np.ones(3)',
        BARE.replace("\nx", "\nimport fitscribe  # what is recorded\nx")
        + "fitscribe.autolog()  # from here on\n",
        BARE.replace("\nx", "\nfrom fitscribe import autolog\nautolog()\nx"),
        BARE.replace("\nx", "\nimport fitscribe as fs\nfs.autolog(\n    log_every=10,\n)\nx"),
        BARE.replace("\nx", "\nimport fitscribe; x") + "fitscribe.autolog(); \n",
    ],
)
def test_code_is_the_same_whichever_way_fitscribe_is_switched_on(code: str) -> None:
    assert without_switch(code) == BARE.rstrip("\n")


def test_what_does_more_than_switch_on_stays() -> None:
    for line in (
        "import fitscribe, numpy",
        "from fitscribe import autolog, log_metric",
        "fitscribe.log_metric('x', 1)",
        "other.autolog()",
        "run = fitscribe.autolog()",
    ):
        assert without_switch(f"{line}\n") == line


def test_code_that_python_does_not_take_is_told_by_its_lines() -> None:
    assert without_switch("%matplotlib inline\nimport fitscribe\n\nfitscribe.autolog()\nx = 1\n") == (
        "%matplotlib inline\nx = 1"
    )


DIFF = """\
diff --git a/train.py b/train.py
index 1111111..2222222 100644
--- a/train.py
+++ b/train.py
@@ -1,2 +1,6 @@
+import fitscribe
+
+fitscribe.autolog()  # the one line
+
 import numpy as np
 x = np.ones(3)
"""


def test_a_change_that_only_switches_on_is_told_from_others() -> None:
    assert is_switched_on_alone(DIFF)
    assert not is_switched_on_alone(DIFF + "@@ -9 +13 @@\n-y = 1\n+y = 2\n")
    assert not is_switched_on_alone("")
