"""Drives the HTML report in a real browser: loads, filters, searches, sorts, marks, exports, imports, switches
language and colours, by mouse and by keyboard, and looks on that nothing fails and nothing is fetched.

    python3 tests/browser/report.py REPORT.html [FOLDER]

With FOLDER it leaves pictures of the page there (light and dark, both languages, wide and narrow). Needs the Python
package `playwright` and a Chromium; names of others stand in INKOUT_CHROMIUM. Exit code 0: all holds; 1: something
does not; 77: it cannot be run here, and why.
"""

import json
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

SKIPPED = 77
CHROMIUMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def skip(why):
    print(f"skipped: {why}")
    sys.exit(SKIPPED)


def check(holds, what):
    if not holds:
        raise AssertionError(what)
    print(f"ok: {what}")


class Watched:
    """A page of the report that notes what it says and what it asks for."""

    def __init__(self, browser, report, scheme="light", width=1440, height=1000):
        self.context = browser.new_context(
            viewport={"width": width, "height": height}, color_scheme=scheme, accept_downloads=True
        )
        self.page = self.context.new_page()
        self.said, self.asked = [], []
        self.page.on("console", lambda m: self.said.append(m.text))
        self.page.on("pageerror", lambda e: self.said.append(str(e)))
        self.page.on("request", lambda r: self.asked.append(r.url))
        self.page.on("dialog", lambda d: d.accept())
        start = time.monotonic()
        self.page.goto(report.as_uri())
        self.page.wait_for_selector("html[data-ready]", timeout=30_000)
        self.took = time.monotonic() - start

    def rows(self):
        return self.page.locator(".grid .row")

    def count(self):
        return self.page.locator("#count").inner_text()

    def clean(self, what):
        check(not self.said, f"{what}: nothing on the console {self.said}")
        away = [u for u in self.asked if not u.startswith(("file:", "blob:", "data:"))]
        check(not away and len([u for u in self.asked if u.startswith("file:")]) == 1, f"{what}: no request leaves the page {away}")


def walk(browser, report, facts, folder):
    seen = Watched(browser, report)
    page = seen.page
    check(seen.took < float(os.environ.get("INKOUT_OPENS_IN", "10")), f"opens in {seen.took:.2f} s")
    check(page.locator("html").get_attribute("lang") == {"zh": "zh-CN", "en": "en"}[facts["lang"]], "begins in its language")
    shown = page.locator(".kpi strong").first.inner_text().replace(",", "")
    check(shown == str(facts["sum"]["files"]), "shows the number of files")
    policy = page.locator("meta[http-equiv=Content-Security-Policy]").get_attribute("content")
    check(policy.startswith("default-src 'none'") and "unsafe" not in policy, "has a strict policy")
    # The policy holds: a script that is put into the page does not run, nor does a request.
    page.evaluate("() => { const s = document.createElement('script'); s.textContent = 'window.hurt = 1'; document.body.append(s); }")
    check(page.evaluate("() => window.hurt === undefined"), "a script that is put in does not run")
    seen.said.clear()

    # Files: with findings, all, search, sort.
    with_findings = sum(1 for r in facts["rows"]["rules"] if r)
    check(seen.count().replace(",", "").startswith(str(with_findings)), "lists the files with findings")
    check(seen.rows().count() <= 40, "keeps only rows in sight in the page")
    page.locator("#files .seg button").nth(2).click()
    check(seen.count().replace(",", "").startswith(str(len(facts["rows"]["name"]))), "lists all files")
    page.locator("#files .seg button").nth(0).click()
    top = max(range(len(facts["rows"]["name"])), key=lambda i: facts["rows"]["score"][i])
    check(seen.rows().first.get_attribute("data-file") == facts["rows"]["id"][top] or
          facts["rows"]["score"][top] == facts["rows"]["score"][facts["rows"]["id"].index(seen.rows().first.get_attribute("data-file"))],
          "the most exposed come first")
    page.fill("#q", facts["rows"]["name"][top])
    page.wait_for_timeout(400)
    check(seen.rows().count() >= 1 and facts["rows"]["name"][top] in seen.rows().first.inner_text(), "search finds a file by its name")
    page.fill("#q", facts["rows"]["id"][top])
    page.wait_for_timeout(400)
    check(seen.rows().count() == 1, "search finds a file by its id")
    check(page.evaluate("() => document.activeElement.id") == "q", "typing goes on after a search")
    page.locator("#files .chips .fchip").first.click()
    page.locator(".gridhead button.sort").nth(1).click()
    names = [seen.rows().nth(i).locator(".c-name b").get_attribute("title").lower() for i in range(min(5, seen.rows().count()))]
    check(names == sorted(names), "sorts by name")
    page.locator(".gridhead button.sort").nth(0).click()

    # By keyboard: down, open, close, mark.
    page.locator(".grid").focus()
    page.keyboard.press("Enter")
    check(page.locator("dialog[open]").count() == 1, "Enter opens a file")
    masked = page.locator("dialog .sample code")
    check(masked.count() == 0 or all("*" in t for t in masked.all_inner_texts()[:3]), "samples are masked")
    page.keyboard.press("Escape")
    check(page.locator("dialog[open]").count() == 0, "Escape closes it")
    first = seen.rows().first.get_attribute("data-file")
    page.keyboard.press("f")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("s")
    check(page.locator("#decided").inner_text() == "2", "keys mark files")
    # A whole type, and a column in all files.
    page.locator("#types select.marker").first.select_option("confirmed")
    columns = page.locator("#columns select.marker")
    clusters = 1 if columns.count() else 0
    if clusters:
        columns.first.select_option("false-alarm")

    # Export, import, and the same again.
    page.click("#decisions")
    page.locator("dialog input[type=text]").first.fill("reviewer")
    with page.expect_download() as waiting:
        page.click("#export")
    target = Path(tempfile.mkdtemp()) / "decisions.json"
    waiting.value.save_as(target)
    check(waiting.value.suggested_filename == "decisions.json", "exports decisions.json")
    decisions = json.loads(target.read_text("utf-8"))
    check(decisions["kind"] == "decisions" and decisions["schema"] == 1, "the export has its kind and schema")
    check(decisions["job"] == facts["meta"]["job"] and decisions["reviewer"] == "reviewer", "the export names job and reviewer")
    check(len(decisions["decisions"]) == 3 + clusters, "the export has every decision")
    check({"file": first, "mark": "false-alarm"} in decisions["decisions"], "a mark of a file is exported as it was made")
    if folder:
        page.screenshot(path=folder / "decisions.png")
        shutil.copy(target, folder / "decisions.json")
    page.keyboard.press("Escape")

    # The map: a folder deeper and back.
    tiles = page.locator("#map .tile")
    check(tiles.count() > 0 or facts["sum"]["found"] == 0, "the map has areas")
    # The language, and colours.
    title = page.title()
    page.click("#lang")
    check(page.title() != title, "the language changes")
    check(page.locator("#decided").inner_text() == str(3 + clusters), "decisions outlive the language")
    page.click("#theme")
    page.click("#theme")
    check(page.evaluate("() => document.documentElement.dataset.theme") == "dark", "colours change")
    overflow = page.evaluate("() => document.documentElement.scrollWidth > innerWidth")
    check(not overflow, "nothing stands beyond the window")
    seen.clean("wide")
    seen.context.close()

    # A new page takes the exported file in.
    again = Watched(browser, report, width=390, height=844)
    again.page.click("#decisions")
    again.page.locator("dialog input[type=file]").set_input_files(target)
    again.page.wait_for_timeout(300)
    check(again.page.locator("#decided").text_content() == str(3 + clusters), "imports decisions.json")
    again.page.keyboard.press("Escape")
    overflow = again.page.evaluate("() => document.documentElement.scrollWidth > innerWidth")
    check(not overflow, "nothing stands beyond a narrow window")
    again.clean("narrow")
    again.context.close()


def pictures(browser, report, folder):
    for name, scheme, width, height, switch in [
        ("light", "light", 1440, 1000, False),
        ("dark", "dark", 1440, 1000, False),
        ("other-language", "light", 1440, 1000, True),
        ("narrow", "light", 390, 844, False),
    ]:
        seen = Watched(browser, report, scheme, width, height)
        if switch:
            seen.page.click("#lang")
        seen.page.wait_for_timeout(300)
        seen.page.screenshot(path=folder / f"{name}.png", full_page=True)
        seen.context.close()


def main():
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        skip("the Python package playwright is not installed")
    chromium = os.environ.get("INKOUT_CHROMIUM") or next(filter(None, map(shutil.which, CHROMIUMS)), None)
    if not chromium:
        skip("no Chromium is installed")
    report = Path(sys.argv[1]).resolve()
    folder = Path(sys.argv[2]) if len(sys.argv) > 2 else None
    text = report.read_text("utf-8")
    start = text.index('id="data">') + len('id="data">')
    facts = json.loads(text[start : text.index("</script>", start)])
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        try:
            walk(browser, report, facts, folder)
            if folder:
                pictures(browser, report, folder)
        finally:
            browser.close()


if __name__ == "__main__":
    main()
