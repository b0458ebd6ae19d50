"""HTML as plain text: what a reader of the mail would read, without its marks. Plain text comes back as it is.

Lists keep their numbers and dashes, links their address. The mail that is answered comes out as ``>`` lines, as mail
programs write it in plain text; what to do with it is decided there. Parsing is Lexbor's (selectolax); knows no turns.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from selectolax.lexbor import LexborHTMLParser

from data.cleaning.mail_marks import SIGNATURE, is_hidden, is_quote, line_before

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

_MARKS = (
    "p|div|br|span|b|i|u|em|strong|a|ul|ol|li|table|tbody|thead|tr|td|th|font|center|blockquote|h[1-6]|img|hr|pre|section|article"
    "|small|sup|sub|s|strike|dl|dt|dd"
)
_TAG = re.compile(rf"</?(?:{_MARKS})(?:\s[^<>]{{0,2000}})?/?>", re.IGNORECASE)
_PAGE = re.compile(
    r"\s{0,500}+(?:<\?xml[^<>]{0,200}\?>\s{0,500}+)?<(?:!doctype html|html|head|body|style|meta)\b", re.IGNORECASE
)
_STARTS = re.compile(
    rf"\s{{0,500}}+(?:<!--(?:(?!-->).){{0,2000}}-->\s{{0,500}}+){{0,20}}<(?:{_MARKS})(?:\s[^<>]{{0,2000}})?/?>",
    re.IGNORECASE | re.DOTALL,
)
_ENDS = re.compile(r"</?[a-z][a-z0-9]{0,15}(?:\s[^<>]{0,2000})?/?>\s*$", re.IGNORECASE)
_PROGRAM = re.compile(r"<(?:script|meta|link|head|body|html|style|iframe|\?php|input|form)\b", re.IGNORECASE)
_BREAK = re.compile(r"(?:<br\s{0,9}/?>\s{0,9})+", re.IGNORECASE)
_PAIR = re.compile(
    r"<(b|i|u|em|strong|span|font|a|p|div|li|td|h[1-6])(?:\s[^<>]{0,2000})?>[^<>]{0,5000}</\1>", re.IGNORECASE
)
_CODE = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)
_ENTITY = re.compile(r"&(?:[a-zA-Z]{2,10}|#\d{1,6}|#x[0-9a-fA-F]{1,5});")
_ESCAPED = re.compile(rf"\s{{0,500}}+&lt;(?:!doctype|html|body|{_MARKS})\b", re.IGNORECASE)
_SPACE = re.compile(r"[ \t\r\n\f\u00a0\u200b\u200c\u200d\ufeff]+")
_BLANKS = re.compile(r"\n{3,}")

_DROPPED = frozenset({
    "script", "style", "head", "title", "noscript", "template", "svg", "img", "object", "iframe", "button", "input",
    "select", "audio", "video", "canvas", "map", "link", "meta",
})  # fmt: skip
_BLOCKS = frozenset({
    "p", "div", "ul", "ol", "table", "blockquote", "h1", "h2", "h3", "h4", "h5", "h6", "section", "article", "header",
    "footer",
    "dl", "center", "form", "fieldset", "address", "hr", "main", "figure",
})  # fmt: skip
_APART = frozenset({"p", "ul", "ol", "table", "blockquote", "pre", "h1", "h2", "h3", "h4", "h5", "h6", "dl", "hr"})
_LINES = frozenset({"li", "tr", "dt", "dd"})
_LINK_STARTS = "\x02"
_ADDRESS = re.compile(r"https?://|[^\s@/:]{1,64}@[^\s@/:]{1,255}$", re.IGNORECASE)
_UNESCAPED_AT_MOST = 2
_TAIL = 2500
_LONGEST_ADDRESS = 300
_CLOSES = re.compile(rf"</(?:{_MARKS})>", re.IGNORECASE)
_LAID_OUT = re.compile(r"<(?:br|p|div|tr|li|table|body|html|pre|h[1-6])\b", re.IGNORECASE)
_DEEPEST = 1000
_OPENS_OR_CLOSES = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]{0,15})")
_ALONE = frozenset({"br", "img", "hr", "meta", "link", "input", "wbr", "col", "p", "li", "td", "tr", "th"})
"""Need no end, so that many of them are no depth."""
_INLINE = frozenset({"a", "b", "strong", "em", "span", "font"})


def is_html(text: str) -> bool:
    """Whether a text is HTML, rather than plain text that may speak of it or hold code.

    A text that begins and ends with marks is; so is one with line breaks or pairs of marks in its sentences. Marks in
    backticks, set apart by spaces, or beside parts of a program (``<script>``) are what a writer speaks of.
    """
    if "<" not in text:
        return False
    if _PAGE.match(text):
        return True
    if text.lstrip().startswith("<?"):
        return False  # XML of some other kind
    if _STARTS.match(text) and (_ENDS.search(text[-_TAIL:]) or _CLOSES.search(text)):
        return True
    plain = _CODE.sub(" ", text)
    if _PROGRAM.search(plain):
        return False
    return any(_is_break(plain, found) for found in _BREAK.finditer(plain)) or any(
        _is_pair(plain, found) for found in _PAIR.finditer(plain)
    )


def plain_text(text: str) -> str:
    """The words of a text that is HTML; entities of any other are decoded, and the rest of it stays as it is."""
    for _ in range(_UNESCAPED_AT_MOST):
        if is_html(text):
            return _read(text)
        if not _ENTITY.search(text):
            break
        if not _ESCAPED.match(text):
            return _decoded(text)
        text = html.unescape(text)
    return text


def _is_break(text: str, found: re.Match[str]) -> bool:
    """Whether a line break breaks a line: it touches what stands before, or a word or another mark after it."""
    before, after = text[found.start() - 1 : found.start()], text[found.end() : found.end() + 1]
    spaced = found[0][-1:].isspace() or not after
    return before not in {" ", '"', "'", "("} or (after.isalnum() and not spaced) or found[0].endswith("\n")


def _is_pair(text: str, found: re.Match[str]) -> bool:
    """Whether marks around words format them. Blocks in the middle of a sentence are what somebody speaks of."""
    before, after = text[found.start() - 1 : found.start()], text[found.end() : found.end() + 1]
    if found[1].lower() in _INLINE:
        return before not in {"(", '"', "'"}
    return before not in {" ", '"', "'", "("} and after not in {" ", '"', "'", ")"}


def _decoded(text: str) -> str:
    """Without entities, but for those in code."""
    parts, end = [], 0
    for code in _CODE.finditer(text):
        parts += [_unescaped(text[end : code.start()]), code[0]]
        end = code.end()
    return "".join([*parts, _unescaped(text[end:])])


def _unescaped(text: str) -> str:
    return _ENTITY.sub(lambda found: html.unescape(found[0]).replace("\xa0", " "), text)


def _read(text: str) -> str:
    if _depth(text) > _DEEPEST:
        return text  # The parser's time grows with the square of the depth; no mail nests so.
    laid_out = len(_LAID_OUT.findall(text))
    if not laid_out or (not _STARTS.match(text) and not _PAGE.match(text) and text.count("\n") > laid_out):
        text = text.replace("\n", "<br>")  # Marks in lines of plain text: its line ends are the writer's.
    writer = _Writer()
    body = LexborHTMLParser(text).body
    stack: list[tuple[LexborNode, bool]] = [(body, False)] if body is not None else []
    while stack:  # a walk of its own: mails nest deeper than Python recurses
        node, seen = stack.pop()
        if seen:
            writer.close(node)
            continue
        if not writer.open(node):
            continue
        stack.append((node, True))
        children = []
        child = node.child
        while child is not None:
            children.append((child, False))
            child = child.next
        stack += reversed(children)
    return writer.text()


def _depth(text: str) -> int:
    """How deep marks may nest: all that are open at once, whatever their names."""
    deepest = depth = 0
    for found in _OPENS_OR_CLOSES.finditer(text):
        if found[2].lower() not in _ALONE:
            depth += -1 if found[1] else 1
            deepest = max(deepest, depth)
    return deepest


@dataclass(slots=True)
class _Writer:
    """Lines of the page so far, each with how deep in quotes it stands."""

    lines: list[tuple[int, str]] = field(default_factory=list)
    line: str = ""
    quoted: int = 0
    preformatted: int = 0
    lists: list[int | None] = field(default_factory=list)

    def open(self, node: LexborNode) -> bool:
        """Begin a mark, or write a text; False where nothing below is to be read."""
        tag = node.tag or ""
        if tag == "-text":
            self._write(node.text_content or "")
            return False
        if tag in _DROPPED or not tag[:1].isalpha() or is_hidden(node):
            return False
        if tag == "br":
            self._end_line()
            return False
        if tag in _BLOCKS | _LINES or tag == "pre":
            self._fresh(apart=tag in _APART and not (tag in {"ul", "ol"} and self.lists))
        if (line := line_before(node)) is not None:
            self._fresh()
            self.lines.append((self.quoted, line))
        self.quoted += is_quote(node)
        self.preformatted += tag == "pre"
        if tag in {"ul", "ol"}:
            self.lists.append(0 if tag == "ol" else None)
        elif tag == "li":
            self.line = self._bullet()
        elif tag in {"td", "th"} and self.line.strip():
            self.line = f"{self.line.rstrip()} | "
        elif tag == "a":
            self.line += _LINK_STARTS
        return True

    def close(self, node: LexborNode) -> None:
        """End a mark."""
        tag = node.tag or ""
        if tag == "a":
            self._link(str(node.attributes.get("href") or ""))
        if tag in _BLOCKS | _LINES or tag == "pre" or is_quote(node):
            self._fresh(apart=tag in _APART and not (tag in {"ul", "ol"} and len(self.lists) > 1))
        self.quoted -= is_quote(node)
        self.preformatted -= tag == "pre"
        if tag in {"ul", "ol"} and self.lists:
            self.lists.pop()

    def text(self) -> str:
        """All lines, quotes marked."""
        self._fresh()
        written = "\n".join(("> " * depth + line).rstrip() if line != SIGNATURE else line for depth, line in self.lines)
        return _BLANKS.sub("\n\n", written.replace(_LINK_STARTS, "")).strip()

    def _write(self, text: str) -> None:
        text = text.replace(_LINK_STARTS, "")
        if self.preformatted:
            first, *rest = text.replace("\xa0", " ").split("\n")
            self.line += first
            for line in rest:
                self._end_line()
                self.line = line
            return
        text = _SPACE.sub(" ", text)
        if not self.line.strip(f" {_LINK_STARTS}") or self.line.endswith(" "):
            text = text.lstrip(" ")
        self.line += text

    def _end_line(self) -> None:
        self.lines.append((self.quoted, self.line.rstrip()))
        self.line = ""

    def _fresh(self, *, apart: bool = False) -> None:
        """Begin a new line; ``apart`` from what stands before by an empty one."""
        if self.line.strip():
            self._end_line()
        self.line = ""
        if apart and self.lines and self.lines[-1][1]:
            self.lines.append((self.quoted, ""))

    def _bullet(self) -> str:
        indent = "  " * (len(self.lists) - 1)
        if not self.lists or (number := self.lists[-1]) is None:
            return f"{indent}- "
        self.lists[-1] = number + 1
        return f"{indent}{number + 1}. "

    def _link(self, address: str) -> None:
        """The address after a link's words, unless they are the address."""
        words = self.line.rsplit(_LINK_STARTS, 1)[-1].strip() if _LINK_STARTS in self.line else ""
        address = address.strip().removeprefix("mailto:")
        bare = address.removeprefix("https://").removeprefix("http://").rstrip("/")
        if not words or not _ADDRESS.match(address) or len(address) > _LONGEST_ADDRESS or bare in words:
            return
        self.line = f"{self.line.rstrip()} ({address})"
