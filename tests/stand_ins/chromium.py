"""Where this machine has Chromium, if it has one, and which axe-core judges what it shows."""

import shutil

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
AXE = "4.14.1"
