"""The live page in a browser, with everything that it says and asks for."""

from __future__ import annotations

from typing import Any

from playwright import sync_api

# Tells when a bar was on the screen: the frame after its style was changed.
WATCH = """
window.painted = [];
new MutationObserver((changes) => {
  for (const change of changes) {
    const row = change.target.closest('tr');
    const scale = Number(change.target.style.transform.slice(7, -1));
    if (!row || !row.textContent.startsWith('AU12')) continue;
    requestAnimationFrame(() => {
      window.painted.push([Date.now(), scale]);
      if (window.painted.length > 1000) window.painted.shift();
    });
  }
}).observe(document, {subtree: true, attributes: true, attributeFilter: ['style'], childList: false});
"""

# Texts whose colour is too near to that of their ground for WCAG's level AA.
CONTRAST = """() => {
  const parts = (color) => color.match(/[\\d.]+/g).map(Number);
  const light = (color) => parts(color).slice(0, 3).map((part) => part / 255)
    .map((part) => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)
    .reduce((sum, part, index) => sum + part * [0.2126, 0.7152, 0.0722][index], 0);
  const ground = (node) => {
    for (; node; node = node.parentElement) {
      const color = getComputedStyle(node).backgroundColor;
      if ((parts(color)[3] ?? 1) > 0) return color;
    }
    return 'rgb(255, 255, 255)';
  };
  const poor = [];
  for (const node of document.querySelectorAll('body *')) {
    const hasText = [...node.childNodes].some((child) => child.nodeType === 3 && child.textContent.trim());
    if (!hasText || !node.getClientRects().length || node.closest('script, noscript, .old')) continue;
    const [a, b] = [light(getComputedStyle(node).color), light(ground(node))].sort((x, y) => y - x);
    if ((a + 0.05) / (b + 0.05) < 4.5) poor.push([node.className, node.textContent, (a + 0.05) / (b + 0.05)]);
  }
  return poor;
}"""


def expect(locator: Any) -> Any:
    """What must come to be true of a part of the page within 15 s."""
    return sync_api.expect(locator)


sync_api.expect.set_options(timeout=15_000)


class Shown:
    """A page that is open. `said` holds what stands in the console, `asked` every address."""

    def __init__(self, browser: Any, url: str, width: int = 1280, scheme: str = "light", script: str = "") -> None:
        self.context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
        self.page = self.context.new_page()
        self.page.set_default_timeout(20_000)
        self.said: list[str] = []
        self.asked: list[str] = []
        self.dialogs: list[str] = []
        self.page.on("console", self._say)
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.on("dialog", self._dismiss)
        if script:
            self.page.add_init_script(script)
        self.page.goto(url)

    def _say(self, message: Any) -> None:
        # Browsers ask for an icon by themselves.
        if "favicon" not in message.location.get("url", ""):
            self.said.append(message.text)

    def _dismiss(self, dialog: Any) -> None:
        self.dialogs.append(dialog.message)
        dialog.dismiss()

    def close(self) -> None:
        self.context.close()

    def source(self, name: str = "door") -> Any:
        """The part of a source."""
        return self.page.get_by_role("region", name=name, exact=True)

    def face(self, track: int = 1, source: str = "door") -> Any:
        """The part of a face."""
        return self.source(source).get_by_role("article", name=f"Face {track}", exact=True)

    def row(self, name: str, track: int = 1, source: str = "door") -> Any:
        """The row of an action unit, an emotion or another value of a face."""
        return self.face(track, source).locator("tr", has_text=name)

    def scale(self, name: str, track: int = 1) -> float:
        """How long a bar is, 0 to 1."""
        script = "(row) => new DOMMatrix(getComputedStyle(row.querySelector('.fill')).transform).a"
        return float(self.row(name, track).evaluate(script))

    def heap(self) -> float:
        """Bytes that the page's objects take, after what is not used any more was collected."""
        session = self.context.new_cdp_session(self.page)
        session.send("HeapProfiler.enable")
        for _ in range(2):
            session.send("HeapProfiler.collectGarbage")
        session.send("Performance.enable")
        found = {metric["name"]: metric["value"] for metric in session.send("Performance.getMetrics")["metrics"]}
        session.detach()
        return float(found["JSHeapUsedSize"])
