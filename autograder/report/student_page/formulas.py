"""Formulas as MathML, which browsers draw by themselves. Whatever can't be turned is shown as it was written."""

from __future__ import annotations

import html
import re
from functools import lru_cache
from xml.etree import ElementTree

from latex2mathml.converter import convert_to_element

MAX_CHARACTERS = 1_000
"""Of one formula: the library's time grows faster than the text."""

_TAGS = (
    "math mrow mi mn mo ms mtext mspace mfrac msqrt mroot msub msup msubsup munder mover munderover mmultiscripts "
    "mprescripts none mtable mtr mtd mstyle mpadded mphantom menclose"
)
# Links, names and styles are not among them, and no colour: it could be the background's.
_NAMES = (
    "display xmlns stretchy fence form separator minsize maxsize width height depth lspace rspace voffset mathvariant "
    "linethickness movablelimits largeop displaystyle scriptlevel accent accentunder columnalign rowspacing "
    "columnspacing columnlines rowlines notation"
)
_KNOWN_TAGS, _KNOWN_NAMES = frozenset(_TAGS.split()), frozenset(_NAMES.split())
_VALUE = re.compile(r"[a-z -]{1,40}|[-+]?\d?(?:\.\d{1,4})?(?:em|ex|px|pt|mu)?|http://www\.w3\.org/1998/Math/MathML")


@lru_cache(maxsize=1024)
def formula(latex: str, display: bool) -> str:
    """HTML of a formula: MathML, or the LaTeX as code. All text in it is escaped."""
    made = _mathml(latex.strip(), display)
    if made is None:
        made = f'<code class="latex">{html.escape(latex.strip())}</code>'
    return f'<span class="formula" tabindex="0">{made}</span>' if display else made


def _mathml(latex: str, display: bool) -> str | None:
    if not latex or len(latex) > MAX_CHARACTERS:
        return None
    try:
        root = convert_to_element(latex, display="block" if display else "inline")
        for each in list(root.iter()):
            # The library leaves entities in its texts, and undoes them in what it writes: so would a student's tags be.
            each.text = html.unescape(each.text or "") or None
            if not _is_harmless(each):
                return None
            _set_functions_apart(each)
        return ElementTree.tostring(root, encoding="unicode")
    except Exception:  # of any kind: a student may write anything
        return None


def _is_harmless(element: ElementTree.Element) -> bool:
    # An unknown command stands in the result as it was written.
    known = element.tag in _KNOWN_TAGS and "\\" not in (element.text or "")
    return known and all(name in _KNOWN_NAMES and _VALUE.fullmatch(value) for name, value in element.attrib.items())


def _set_functions_apart(parent: ElementTree.Element) -> None:
    """Thin spaces around names such as log, which the library leaves to the browser, and browsers to the page."""
    for index in reversed(range(1, len(parent) if parent.tag == "mrow" else 0)):
        before, after = parent[index - 1], parent[index]
        ends = before.tag not in ("mo", "mspace") or html.unescape(before.text or "") in (")", "]")
        if (_is_function(before) and after.tag not in ("mo", "mspace")) or (_is_function(after) and ends):
            parent.insert(index, ElementTree.Element("mspace", width="0.167em"))


def _is_function(element: ElementTree.Element) -> bool:
    return element.tag == "mi" and len(html.unescape(element.text or "")) > 1
