"""How results look in Jupyter: small tables and bars in HTML, without pandas and without scripts."""
import html
import math

PREFIXES = {-5: "f", -4: "p", -3: "n", -2: "u", -1: "m", 0: "", 1: "k", 2: "M", 3: "G", 4: "T", 5: "P", 6: "E"}


def si(value, unit):
    """Three digits and a prefix: si(5.14e-4, "s") is "514 us"."""
    if value is None or math.isnan(value):
        return ""
    if value == 0 or math.isinf(value):
        return f"{value:g} {unit}"
    power = min(max(math.floor(math.log10(abs(value)) / 3), -5), 6)
    if abs(value) / 1000.0 ** power >= 999.5:       # 999.7 rounds to 1000
        power = min(power + 1, 6)
    return f"{value / 1000.0 ** power:.3g} {PREFIXES[power]}{unit}"


def percent(share):
    """43.7 %"""
    return "" if share is None or math.isnan(share) else f"{100 * share:.1f} %"


def bar(share):
    """A cell with a bar as long as the share."""
    width = 0 if math.isnan(share) else round(120 * min(max(share, 0), 1))
    return f'<div style="background:#4c78a8;height:0.8em;width:{width}px"></div>'


def table(head, rows, caption=None):
    """An HTML table; cells that are bars go in as they are, texts are escaped, columns after the first to the right."""
    def cell(tag, value, first):
        align = "left" if first else "right"
        content = value if value.startswith("<div ") else html.escape(value)
        return f'<{tag} style="text-align:{align}">{content}</{tag}>'

    def line(tag, values):
        return "<tr>" + "".join(cell(tag, value, i == 0) for i, value in enumerate(values)) + "</tr>"

    title = f"<caption style=\"text-align:left\">{html.escape(caption)}</caption>" if caption else ""
    return (f"<table>{title}<thead>{line('th', head)}</thead><tbody>" + "".join(line("td", row) for row in rows) +
            "</tbody></table>")
