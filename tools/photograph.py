"""photograph.py CHROMIUM PAGES FOLDER - pictures of pages for docs/gallery.md, made by tools/gallery.sh."""
import base64
import os
import sys

from browser import Browser

chromium, pages, folder = sys.argv[1:4]


def photograph(page, name, first, last=None, dark=False):
    """From the top of one element to the end of another."""
    if dark:
        page.value("document.getElementById('theme').click()")
    top, end = (page.value("document.querySelector('%s').getBoundingClientRect().%s + window.scrollY" % (s, e))
                for s, e in ((first, "top"), (last or first, "bottom")))
    clip = {"x": 0, "y": top, "width": 900, "height": end - top, "scale": 1}
    data = page.call("Page.captureScreenshot", {"captureBeyondViewport": True, "clip": clip})["data"]
    with open(os.path.join(folder, name), "wb") as out:
        out.write(base64.b64decode(data))


with Browser(chromium) as page:
    page.size(900, 900)
    page.open(os.path.join(pages, "run.html"))
    photograph(page, "gallery-page-run.png", "header", "#energy")
    photograph(page, "gallery-page-timeline.png", "#timeline", dark=True)
    page.open(os.path.join(pages, "sweep.html"))
    page.value("(() => { const s = document.getElementById('pareto-colour'); s.value = 'axis:dram'; s.dispatchEvent(new Event('change')); })()")
    photograph(page, "gallery-page-sweep.png", "#pareto", "#heat")
