"""browser.py - drives a headless Chromium by its own protocol, over a pipe: no other package is needed.

    with Browser("/usr/bin/chromium") as page:
        page.open("/tmp/page.html")
        page.value("document.title")
"""
import base64
import json
import os
import shutil
import subprocess
import tempfile
import time


class Broken(Exception):
    pass


class Browser:
    def __init__(self, program):
        self.folder = tempfile.mkdtemp()
        to_read, self.out = os.pipe()
        self.into, to_write = os.pipe()
        self.number, self.events, self.left = 0, [], b""

        def pipes():
            low = os.dup(to_read), os.dup(to_write)     # out of the way of 3 and 4
            os.dup2(low[0], 3)
            os.dup2(low[1], 4)
            os.set_inheritable(3, True)
            os.set_inheritable(4, True)

        self.process = subprocess.Popen(
            [program, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
             "--disable-extensions", "--disable-background-networking", "--disable-component-update",
             "--user-data-dir=" + self.folder, "--remote-debugging-pipe", "--window-size=1100,900", "about:blank"],
            preexec_fn=pipes, close_fds=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(to_read)
        os.close(to_write)
        target = self.call("Target.createTarget", {"url": "about:blank"}, None)["targetId"]
        self.session = self.call("Target.attachToTarget", {"targetId": target, "flatten": True}, None)["sessionId"]
        for domain in "Page", "Runtime", "Network", "Log":
            self.call(domain + ".enable")
        self.size(1100, 900)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def call(self, method, params=None, session=0):
        self.number += 1
        message = {"id": self.number, "method": method, "params": params or {}}
        if session == 0:
            message["sessionId"] = self.session
        os.write(self.out, json.dumps(message).encode() + b"\0")
        while True:
            answer = self.read()
            if answer.get("id") == self.number:
                if "error" in answer:
                    raise Broken("%s: %s" % (method, answer["error"]))
                return answer["result"]
            self.events.append(answer)

    def read(self):
        while b"\0" not in self.left:
            piece = os.read(self.into, 1 << 20)
            if not piece:
                raise Broken("the browser is gone")
            self.left += piece
        message, self.left = self.left.split(b"\0", 1)
        return json.loads(message)

    def value(self, expression):
        """What a JavaScript expression gives."""
        answer = self.call("Runtime.evaluate", {"expression": expression, "returnByValue": True, "awaitPromise": True})
        if "exceptionDetails" in answer:
            raise Broken(answer["exceptionDetails"]["exception"].get("description", str(answer)))
        return answer["result"].get("value")

    def open(self, path, ready="document.documentElement.dataset.ready === 'yes'"):
        self.events = []
        self.call("Page.navigate", {"url": "file://" + os.path.abspath(path)})
        for _ in range(600):
            if self.value("document.readyState === 'complete' && location.href !== 'about:blank' && " + ready):
                return
            time.sleep(0.05)
        raise Broken("%s never says that it is ready: %s" % (path, self.complaints()))

    def complaints(self):
        """Errors that the page or the browser told."""
        told = []
        for event in self.events:
            params = event.get("params", {})
            if event.get("method") == "Runtime.exceptionThrown":
                told.append(params["exceptionDetails"].get("exception", {}).get("description", "exception"))
            elif event.get("method") == "Log.entryAdded" and params["entry"]["level"] in ("error", "warning"):
                told.append(params["entry"]["text"])
            elif event.get("method") == "Runtime.consoleAPICalled" and params["type"] in ("error", "warning", "assert"):
                told.append(str(params["args"]))
        return told

    def fetched(self):
        """Addresses asked for, the page itself and what is written in it apart."""
        asked = [e["params"]["request"]["url"] for e in self.events if e.get("method") == "Network.requestWillBeSent"]
        return [url for url in asked if not url.startswith("data:")][1:]

    def size(self, width, height):
        self.call("Emulation.setDeviceMetricsOverride",
                  {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False})
        self.value("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(1))))")

    def mouse(self, kind, x, y, pressed=0):
        self.call("Input.dispatchMouseEvent", {"type": kind, "x": x, "y": y, "buttons": pressed,
                                               "button": "left" if kind != "mouseMoved" or pressed else "none",
                                               "clickCount": 0 if kind == "mouseMoved" else 1})

    def hover(self, x, y):
        self.mouse("mouseMoved", x - 1, y)
        self.mouse("mouseMoved", x, y)

    def click(self, x, y):
        self.mouse("mousePressed", x, y, 1)
        self.mouse("mouseReleased", x, y, 1)

    def drag(self, x0, y0, x1, y1):
        self.hover(x0, y0)
        self.mouse("mousePressed", x0, y0, 1)
        for step in range(1, 5):
            self.mouse("mouseMoved", x0 + (x1 - x0) * step / 4, y0 + (y1 - y0) * step / 4, 1)
        self.mouse("mouseReleased", x1, y1, 1)

    def key(self, key):
        codes = {"Enter": 13, "Escape": 27, "ArrowLeft": 37, "ArrowUp": 38, "ArrowRight": 39, "ArrowDown": 40, "Tab": 9}
        event = {"key": key, "code": key, "windowsVirtualKeyCode": codes.get(key, ord(key[0]))}
        if len(key) == 1:
            event["text"] = key
        self.call("Input.dispatchKeyEvent", dict(event, type="keyDown"))
        self.call("Input.dispatchKeyEvent", dict(event, type="keyUp"))

    def box(self, selector):
        """Where an element is in the window, scrolled into it first."""
        return self.value("(() => { const e = document.querySelector(%s); e.scrollIntoView({block: 'center'}); const b = "
                          "e.getBoundingClientRect(); return [b.left, b.top, b.width, b.height]; })()" % json.dumps(selector))

    def shot(self, path, whole=True):
        data = self.call("Page.captureScreenshot", {"captureBeyondViewport": whole})["data"]
        with open(path, "wb") as out:
            out.write(base64.b64decode(data))

    def paper(self):
        return base64.b64decode(self.call("Page.printToPDF")["data"])
