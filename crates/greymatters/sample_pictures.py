#!/usr/bin/env python3
"""Draws the pictures of the sample publication, as SVG files in sample/pictures.

Each scene is made of a few flat shapes, and shows what the alternative text in the article says.
Run it after a change: python3 crates/greymatters/sample_pictures.py
"""

from pathlib import Path

WIDTH, HEIGHT = 640, 400
INK, PAPER, GREY, DARK = "#22313f", "#fbf8f1", "#b8c4cc", "#5d6d7a"
RED, BLUE, GREEN, YELLOW, BROWN, PINK = "#c8553d", "#3d7ea6", "#5b8c5a", "#e8b44c", "#9c6b4a", "#e3a7a0"
SKINS = ["#f1c9a5", "#c98f63", "#8a5a3c", "#e0ac7e"]


def rect(x, y, w, h, fill, r=0, extra=""):
    return f'<rect x="{x}" y="{y}" width="{w}" height="{h}" rx="{r}" fill="{fill}"{extra}/>'


def circle(x, y, r, fill, extra=""):
    return f'<circle cx="{x}" cy="{y}" r="{r}" fill="{fill}"{extra}/>'


def path(d, fill="none", stroke=None, width=4):
    line = f' stroke="{stroke}" stroke-width="{width}" stroke-linecap="round" stroke-linejoin="round"' if stroke else ""
    return f'<path d="{d}" fill="{fill}"{line}/>'


def line(x1, y1, x2, y2, stroke=INK, width=4):
    return path(f"M{x1} {y1}L{x2} {y2}", stroke=stroke, width=width)


def text(x, y, words, size=20, fill=INK, anchor="middle"):
    return (
        f'<text x="{x}" y="{y}" font-family="sans-serif" font-size="{size}" font-weight="bold" '
        f'text-anchor="{anchor}" fill="{fill}">{words}</text>'
    )


def room(wall="#dfe8ea", floor="#c9b79c", horizon=300):
    return rect(0, 0, WIDTH, HEIGHT, wall) + rect(0, horizon, WIDTH, HEIGHT - horizon, floor)


def table(x, y, w, fill=BROWN, legs=True):
    feet = "".join(rect(at, y + 14, 10, HEIGHT - y - 14, fill) for at in (x + 14, x + w - 24)) if legs else ""
    return rect(x, y, w, 14, fill, 3) + feet


def counter(x, y, w, fill=BROWN):
    return rect(x, y, w, 16, INK, 3) + rect(x + 8, y + 16, w - 16, HEIGHT - y, fill)


def lines(x, y, w, count, step=12, fill=GREY):
    return "".join(rect(x, y + at * step, w if at < count - 1 else w * 0.6, 4, fill, 2) for at in range(count))


def sheet(x, y, w=70, h=90, count=5, fill=PAPER):
    return rect(x, y, w, h, fill, 3) + lines(x + 10, y + 14, w - 20, count, (h - 24) / max(count, 1))


def phone(x, y, w=26, h=46, screen=BLUE):
    return rect(x, y, w, h, INK, 5) + rect(x + 3, y + 5, w - 6, h - 12, screen, 2)


def screen(x, y, w=110, h=74, shown=""):
    return rect(x, y, w, h, INK, 5) + rect(x + 6, y + 6, w - 12, h - 12, "#cfe3ee", 2) + shown


def monitor(x, y, w=110, h=74, shown=""):
    return rect(x + w / 2 - 8, y + h, 16, 18, DARK) + rect(x + w / 2 - 28, y + h + 16, 56, 6, DARK) + screen(x, y, w, h, shown)


def person(x, y, shirt=BLUE, skin=0, hair=INK, eyes="open", tall=150, arm=None, cap=None):
    """A person whose head is at (x, y). `arm` is where a hand is."""
    tone = SKINS[skin]
    parts = [rect(x - 38, y + 26, 76, tall, shirt, 26), rect(x - 9, y + 14, 18, 22, tone)]
    if arm:
        parts += [path(f"M{x + (24 if arm[0] > x else -24)} {y + 52}L{arm[0]} {arm[1]}", stroke=shirt, width=18), circle(*arm, 10, tone)]
    parts += [circle(x, y, 26, tone), path(f"M{x - 27} {y - 2}a27 27 0 0 1 54 0q-27 -18 -54 0z", hair)]
    if cap:
        parts.append(path(f"M{x - 28} {y - 6}a28 26 0 0 1 56 0z", cap))
    for side in (-9, 9):
        closed = path(f"M{x + side - 5} {y + 4}q5 4 10 0", stroke=INK, width=2)
        parts.append(circle(x + side, y + 3, 2.5, INK) if eyes == "open" else closed)
    parts.append(path(f"M{x - 7} {y + 13}q7 5 14 0", stroke=INK, width=2))
    return "".join(parts)


def note(x, y, fill=YELLOW, size=44):
    return rect(x, y, size, size, fill) + lines(x + 6, y + 10, size - 12, 3, 10, DARK)


def chair(x, y, fill=GREY, size=1.0):
    w, h = 44 * size, 44 * size
    legs = line(x, y + h, x - 6, y + 2 * h, DARK, 4) + line(x + w, y + h, x + w + 6, y + 2 * h, DARK, 4)
    return legs + rect(x, y, w, h * 0.7, fill, 5) + rect(x - 4, y + h - 6, w + 8, 9, fill, 4)


def window(x, y, w, h, light="#fdf3cf"):
    return rect(x, y, w, h, light) + rect(x, y, w, h, "none", 0, f' stroke="{PAPER}" stroke-width="10"') + line(x + w / 2, y, x + w / 2, y + h, PAPER, 6)


def jar(x, y, w, h, full, label):
    coins = h * full
    return (
        rect(x, y + h - coins, w, coins, YELLOW, 8)
        + rect(x, y, w, h, "#ffffff", 12, ' fill-opacity="0.35"')
        + rect(x + 8, y - 10, w - 16, 12, DARK, 3)
        + rect(x + 8, y + h / 2 - 4, w - 16, 24, PAPER, 2)
        + text(x + w / 2, y + h / 2 + 13, label, 13)
    )


def cuff(x, y):
    return rect(x, y, 54, 30, DARK, 8) + path(f"M{x + 54} {y + 16}q30 10 16 40", stroke=INK, width=4) + circle(x + 70, y + 64, 12, INK)


SCENES = {
    "alt-text-radiology-desk": lambda: room()
    + rect(60, 60, 130, 160, PAPER, 4) + circle(125, 120, 32, BLUE) + lines(85, 170, 80, 3)
    + person(290, 130, GREEN, 1, arm=(220, 150)) + counter(240, 250, 180)
    + person(500, 130, RED, 0, BROWN, eyes="closed"),
    "alt-text-blue-awning": lambda: rect(0, 0, WIDTH, HEIGHT, "#d6e7f2") + rect(0, 320, WIDTH, 80, DARK)
    + rect(110, 60, 420, 260, "#e9dcc5") + rect(270, 180, 100, 140, "#9fc4d8") + line(320, 180, 320, 320, PAPER)
    + path("M220 150L420 150L450 200L190 200Z", BLUE) + text(320, 120, "HOSPITAL", 28)
    + path("M20 320L230 260L230 320Z", GREY) + line(20, 296, 230, 236, INK)
    + "".join(rect(at, 356, 60, 8, PAPER) for at in range(20, 640, 110)),
    "service-line-whiteboard": lambda: room() + rect(50, 40, 360, 230, PAPER, 6, f' stroke="{DARK}" stroke-width="8"')
    + "".join(note(75 + 62 * (at % 5), 60 + 66 * (at // 5), [YELLOW, PINK, "#a9d0c6"][at % 3]) for at in range(15))
    + sheet(460, 70, 130, 170, 8) + circle(525, 120, 24, RED),
    "reviews-front-desk": lambda: room() + rect(440, 60, 120, 190, "#9fc4d8") + text(500, 100, "CLOSED", 20, PAPER)
    + person(260, 130, RED, 3, arm=(320, 210)) + rect(305, 180, 60, 44, INK, 5) + rect(310, 185, 50, 34, "#cfe3ee", 2) + counter(120, 250, 330),
    "portal-check-in": lambda: room() + person(190, 130, BLUE, 2, arm=(280, 190)) + monitor(270, 150, 120, 80, lines(284, 168, 90, 4, 12, DARK))
    + person(510, 130, GREEN, 0, GREY, arm=(450, 210)) + phone(436, 180) + sheet(540, 190, 54, 36, 2) + counter(120, 250, 320),
    "flu-calendar-wall": lambda: room() + rect(130, 40, 380, 240, PAPER, 3) + rect(130, 40, 380, 40, RED) + text(320, 68, "SEPTEMBER - OCTOBER", 20, PAPER)
    + "".join(rect(144 + 52 * (at % 7), 92 + 36 * (at // 7), 44, 30, "#eceff1") for at in range(35))
    + "".join(circle(166 + 52 * at, 107 + 36 * row, 9, color) for at, row, color in ((1, 0, BLUE), (3, 1, GREEN), (5, 1, RED), (2, 2, BLUE), (4, 3, GREEN), (0, 4, RED), (6, 2, YELLOW)))
    + rect(120, 34, 40, 14, YELLOW) + rect(480, 34, 40, 14, YELLOW),
    "flu-sidewalk-table": lambda: rect(0, 0, WIDTH, HEIGHT, "#d6e7f2") + rect(0, 290, WIDTH, 110, GREY)
    + path("M70 340L120 130L220 130L270 340Z", PAPER) + text(170, 190, "FLU", 34, RED) + text(170, 230, "SHOTS", 34, RED) + text(170, 272, "TODAY", 34, RED)
    + table(320, 240, 220, GREY) + rect(380, 180, 100, 60, BLUE, 6) + rect(374, 170, 112, 18, PAPER, 4),
    "listings-map-pins": lambda: rect(0, 0, WIDTH, HEIGHT, BROWN) + rect(80, 40, 480, 320, PAPER, 4)
    + "".join(line(80, at, 560, at, GREY, 8) for at in (120, 220, 300)) + "".join(line(at, 40, at, 360, GREY, 8) for at in (190, 330, 460))
    + "".join(
        rect(x - 26, y + 20, 52, 34, BLUE, 2) + text(x, y + 43, "CLINIC", 12, PAPER) + path(f"M{x} {y + 22}l-14 -30a16 16 0 1 1 28 0z", RED) + circle(x, y - 14, 6, PAPER)
        for x, y in ((150, 130), (390, 160), (510, 240))
    ),
    "redirects-moving-boxes": lambda: room() + window(460, 60, 120, 120)
    + "".join(
        rect(x, y, 150, 90, "#c69a6b", 3) + rect(x + 65, y, 20, 90, "#b3875a") + text(x + 75, y + 56, label, 18)
        for x, y, label in ((60, 250, "/about"), (220, 250, "/er.html"), (380, 250, "/old/map"), (140, 155, "/doctors"))
    ),
    "newsletter-kitchen-table": lambda: room("#f3e6d0") + window(60, 40, 150, 130) + person(330, 120, PINK, 0, BROWN, arm=(400, 190)) + phone(392, 160)
    + table(120, 250, 420) + rect(190, 222, 40, 30, PAPER, 4) + path("M230 230q18 2 0 18", stroke=PAPER)
    + rect(450, 190, 76, 60, PAPER) + "".join(rect(456 + 16 * (at % 4), 196 + 16 * (at // 4), 14, 14, INK if at in (1, 6, 8) else "#eceff1") for at in range(12)),
    "analytics-cut-cable": lambda: rect(0, 0, WIDTH, HEIGHT, "#cdd6da") + rect(60, 60, 260, 280, INK, 6)
    + "".join(rect(84 + 54 * (at % 4), 90 + 60 * (at // 4), 36, 26, DARK, 3) for at in range(16))
    + "".join(path(f"M{102 + 54 * (at % 4)} {112 + 60 * (at // 4)}q20 60 {60 - 20 * (at % 3)} 180", stroke=[RED, BLUE, GREEN, YELLOW][at % 4], width=5) for at in range(11))
    + person(480, 130, BLUE, 1, arm=(390, 130)) + path("M390 130q-30 20 -60 70", stroke=GREY, width=7) + rect(366, 100, 44, 22, PAPER, 3) + lines(372, 106, 32, 2, 8, DARK),
    "directory-index-cards": lambda: room() + rect(90, 40, 460, 300, BROWN, 6)
    + "".join(rect(110 + 146 * (at % 3), 60 + 90 * (at // 3), 128, 74, "#b98760", 3) + circle(174 + 146 * (at % 3), 116 + 90 * (at // 3), 7, YELLOW) for at in range(9))
    + rect(236, 170, 168, 110, "#7d5236", 4) + "".join(rect(252 + 4 * at, 120 + 14 * at, 136, 70, PAPER, 3) for at in range(4))
    + text(330, 182, "CARDIOLOGY", 16, RED) + text(318, 136, "DERMATOLOGY", 12) + text(322, 150, "NEUROLOGY", 12),
    "nurse-break-room": lambda: room() + rect(40, 60, 120, 200, PAPER, 6) + circle(150, 160, 5, INK) + rect(440, 90, 140, 100, GREY, 4)
    + person(310, 120, GREEN, 2, arm=(250, 190)) + phone(238, 160) + path("M334 172L390 200", stroke=GREEN, width=18)
    + path("M380 190l50 -10l0 24l-50 10z", YELLOW) + rect(384, 196, 44, 5, GREEN) + table(170, 250, 320, GREY),
    "nurse-night-shift": lambda: room("#3b4a5a", "#2a3540") + circle(320, 70, 40, PAPER) + line(320, 70, 346, 72, INK, 5) + line(320, 70, 334, 98, INK, 3)
    + person(220, 150, GREEN, 0, arm=(290, 230)) + person(420, 150, BLUE, 2, arm=(350, 230)) + sheet(290, 200, 60, 44, 3) + counter(120, 260, 400, DARK),
    "short-video-window": lambda: room() + window(200, 30, 200, 190) + person(300, 150, PAPER, 1, tall=110) + rect(262, 290, 76, 12, BROWN, 4) + line(280, 300, 270, 390, BROWN, 8) + line(320, 300, 330, 390, BROWN, 8)
    + person(530, 140, RED, 3, arm=(450, 170)) + phone(430, 120, 26, 50) + line(444, 170, 444, 205, INK, 6),
    "review-date-stamp": lambda: rect(0, 0, WIDTH, HEIGHT, BROWN) + sheet(130, 110, 250, 260, 9) + sheet(150, 90, 250, 260, 9, "#f4efe4")
    + text(250, 300, "12 OCT", 34, RED) + rect(400, 150, 130, 60, INK, 8) + rect(440, 60, 50, 100, RED, 20) + rect(394, 206, 142, 20, DARK, 4) + text(465, 190, "OCT 12", 22, PAPER),
    "crisis-desk-lamp": lambda: rect(0, 0, WIDTH, HEIGHT, "#1d2730") + path("M230 110L410 110L520 330L120 330Z", "#f6dd9a") + rect(0, 330, WIDTH, 70, "#5b4330")
    + path("M250 110L390 110L360 60L280 60Z", RED) + line(320, 60, 320, 20, GREY, 6) + rect(150, 306, 80, 26, INK, 6) + path("M158 306q32 -26 64 0", stroke=INK, width=8)
    + sheet(260, 270, 80, 60, 4, "#fff3a8") + rect(380, 240, 110, 90, BLUE, 4) + text(435, 280, "FIRST", 20, PAPER) + text(435, 304, "HOUR", 20, PAPER),
    "bulk-mail-sorting": lambda: rect(0, 0, WIDTH, HEIGHT, "#d8dde0") + rect(0, 200, WIDTH, 40, INK) + "".join(circle(at, 220, 14, DARK) for at in range(20, 640, 50))
    + "".join(path(f"M{at} 120L{at + 120} 120L{at + 108} 200L{at + 12} 200Z", GREY) + "".join(rect(at + 20 + 18 * k, 100, 14, 40, PAPER) for k in range(5)) for at in (20, 170, 480))
    + path("M320 270L440 270L428 350L332 350Z", RED) + "".join(rect(340 + 18 * k, 250, 14, 40, PAPER) for k in range(5)),
    "telehealth-kitchen": lambda: room("#f3e6d0") + person(180, 130, BLUE, 3, arm=(250, 210)) + table(90, 270, 460)
    + rect(330, 230, 60, 40, RED, 3) + rect(400, 224, 60, 46, YELLOW, 3) + text(360, 255, "OATS", 14, PAPER) + text(430, 252, "FLAKES", 13)
    + screen(320, 130, 150, 94) + circle(395, 170, 18, SKINS[1]) + rect(370, 188, 50, 28, PAPER, 8) + rect(310, 222, 170, 8, DARK, 3) + cuff(500, 226),
    "responsiveness-thumb": lambda: rect(0, 0, WIDTH, HEIGHT, "#cfd9dd") + rect(200, 20, 220, 370, INK, 24) + rect(214, 50, 192, 300, PAPER, 4)
    + lines(236, 80, 150, 5, 18) + rect(234, 210, 152, 48, BLUE, 8) + text(310, 241, "Find a Doctor", 19, PAPER)
    + path("M214 60L290 130L270 180L340 300", stroke=GREY, width=3) + path("M290 130L390 90", stroke=GREY, width=3)
    + path("M640 400L420 262q-40 -24 -64 -8q-14 14 14 36L520 400z", SKINS[0]) + path("M366 262q-8 10 4 20l18 -8z", PAPER),
    "paid-search-jars": lambda: rect(0, 0, WIDTH, HEIGHT, "#fdf3cf") + rect(0, 0, WIDTH, 60, PAPER) + rect(0, 320, WIDTH, 80, PAPER)
    + jar(70, 140, 100, 180, 0.8, "SLEEP") + jar(200, 140, 100, 180, 0.35, "KNEE") + jar(330, 140, 100, 180, 0.55, "BIRTH") + jar(460, 140, 100, 180, 0.15, "HEART"),
    "automation-railway-switch": lambda: rect(0, 0, WIDTH, HEIGHT, "#dce6dc") + rect(0, 280, WIDTH, 120, "#a8a08d")
    + "".join(rect(at, 310, 16, 60, BROWN) for at in range(20, 460, 44)) + line(0, 322, 470, 322, DARK, 8) + line(0, 358, 470, 358, DARK, 8)
    + rect(470, 270, 26, 110, RED, 4) + rect(450, 290, 20, 24, INK, 4) + rect(450, 336, 20, 24, INK, 4)
    + line(240, 290, 330, 130, INK, 12) + circle(330, 130, 14, RED) + path("M640 60L360 110q-40 10 -40 30q10 20 44 8L640 120z", SKINS[3]) + rect(560, 50, 80, 80, BLUE),
    "scheduling-empty-slots": lambda: room() + rect(70, 40, 500, 270, PAPER, 4) + "".join(text(130 + 95 * at, 68, day, 18) for at, day in enumerate(("MON", "TUE", "WED", "THU", "FRI")))
    + "".join(rect(88 + 95 * (at % 5), 80 + 28 * (at // 5), 84, 22, YELLOW if at in (7, 18, 31) else "#eceff1", 2) for at in range(40))
    + "".join(lines(94 + 95 * (at % 5), 88 + 28 * (at // 5), 66, 2, 7, INK) for at in (7, 18, 31)),
    "ab-two-doors": lambda: room("#e6e1d6", "#bfb39b", 340)
    + rect(110, 60, 170, 280, "#7f94a0", 3) + rect(130, 84, 130, 100, "#8da2ad", 3) + rect(130, 210, 130, 100, "#8da2ad", 3) + circle(262, 200, 8, YELLOW)
    + rect(360, 60, 170, 280, "#6f93ad", 3) + rect(380, 84, 130, 100, "#7ca1ba", 3) + rect(380, 210, 130, 100, "#7ca1ba", 3) + circle(512, 200, 8, YELLOW),
    "consent-clipboard": lambda: room() + person(220, 100, RED, 0, BROWN, tall=180, arm=(300, 210)) + rect(290, 186, 80, 54, INK, 8) + circle(312, 214, 18, DARK) + rect(338, 196, 26, 22, "#cfe3ee", 2)
    + person(470, 170, BLUE, 2, tall=110) + circle(450, 340, 44, "none", f' stroke="{INK}" stroke-width="8"') + circle(520, 360, 22, "none", f' stroke="{INK}" stroke-width="8"') + rect(420, 270, 110, 14, INK, 4) + line(410, 180, 420, 280, INK, 8),
    "consent-contact-sheet": lambda: rect(0, 0, WIDTH, HEIGHT, BROWN) + rect(90, 20, 460, 360, PAPER, 4)
    + "".join(
        rect(114 + 108 * (at % 4), 40 + 112 * (at // 4), 88, 70, "#cdd9df") + circle(158 + 108 * (at % 4), 68 + 112 * (at // 4), 14, SKINS[at % 4])
        + path(f"M{134 + 108 * (at % 4)} {110 + 112 * (at // 4)}q24 -34 48 0z", [BLUE, RED, GREEN][at % 3]) + text(158 + 108 * (at % 4), 126 + 112 * (at // 4), f"{at + 3}/{10 + at}", 13)
        + (line(114 + 108 * (at % 4), 40 + 112 * (at // 4), 202 + 108 * (at % 4), 110 + 112 * (at // 4), RED, 7) + line(202 + 108 * (at % 4), 40 + 112 * (at // 4), 114 + 108 * (at % 4), 110 + 112 * (at // 4), RED, 7) if at in (2, 5, 11) else "")
        for at in range(12)
    ),
    "answer-engine-kitchen-speaker": lambda: rect(0, 0, WIDTH, HEIGHT, "#f3e6d0") + rect(40, 290, 560, 24, BROWN, 4)
    + rect(110, 150, 110, 140, "#ffffff", 12) + rect(124, 136, 82, 18, BROWN, 4) + text(165, 232, "FLOUR", 20)
    + rect(275, 180, 90, 110, DARK, 30) + path("M280 200a40 12 0 0 1 80 0", stroke="#7fd0e8", width=6) + "".join(circle(296 + 16 * (at % 4), 230 + 16 * (at // 4), 3, GREY) for at in range(12))
    + rect(430, 170, 80, 120, "#8a3d2e", 10) + rect(450, 140, 40, 32, PAPER, 4) + rect(436, 200, 68, 60, PAPER) + text(470, 226, "FEVER", 15, RED) + text(470, 246, "CHILD", 15, RED),
    "translate-pharmacy-window": lambda: room() + rect(290, 40, 300, 210, "#cfe3ee") + rect(290, 40, 300, 210, "none", 0, f' stroke="{PAPER}" stroke-width="10"')
    + rect(430, 60, 130, 100, PAPER, 3) + text(495, 90, "English", 18) + text(495, 118, "Español", 18) + text(495, 146, "Tiếng Việt", 18)
    + counter(270, 250, 340) + person(120, 140, PINK, 3, GREY) + person(230, 130, GREEN, 3, arm=(300, 220)),
    "barbershop-cuff": lambda: room("#efe6da") + rect(60, 40, 120, 120, "#cfe3ee", 6) + person(150, 120, PAPER, 2, arm=(270, 220)) + "".join(line(at, 160, at, 300, RED, 6) for at in range(124, 180, 14))
    + person(310, 140, BLUE, 1, tall=120) + path("M286 196L250 260", stroke=SKINS[1], width=18) + rect(238, 206, 44, 34, DARK, 8) + rect(270, 270, 100, 20, INK, 6) + line(320, 290, 320, 390, INK, 12)
    + person(530, 160, GREEN, 0, GREY, tall=120) + sheet(490, 210, 90, 70, 5),
    "referral-coordinator-desk": lambda: room() + person(320, 120, RED, 1, tall=140) + path("M293 116a27 27 0 0 1 54 0", stroke=INK, width=5) + circle(293, 122, 8, INK) + line(293, 128, 310, 138, INK, 3)
    + monitor(150, 150, 120, 78, lines(166, 168, 88, 4, 12, DARK)) + monitor(370, 150, 120, 78, lines(386, 168, 88, 4, 12, DARK)) + table(60, 250, 520)
    + rect(510, 200, 80, 50, GREY, 5) + rect(524, 176, 52, 30, PAPER) + "".join(note(80 + 34 * at, 60, [YELLOW, PINK, "#a9d0c6"][at % 3], 30) for at in range(6)),
    "gratitude-thank-you-note": lambda: rect(0, 0, WIDTH, HEIGHT, "#d9cbb4") + rect(70, 120, 200, 130, PAPER, 3) + path("M70 120L170 190L270 120", stroke=GREY) + text(170, 226, "The nurses", 20, BLUE)
    + rect(250, 170, 150, 150, "#fff7e6", 3) + text(325, 215, "Thank", 28, RED) + text(325, 248, "you!", 28, RED) + lines(275, 270, 100, 3)
    + rect(430, 110, 150, 190, RED, 8) + rect(442, 122, 126, 166, "#7a2f22", 4) + "".join(circle(468 + 38 * (at % 3), 148 + 38 * (at // 3), 14, BROWN if at in (0, 2, 4, 7, 9) else "#5f2419") for at in range(12)),
    "gratitude-card-game": lambda: room() + person(180, 150, BLUE, 3, arm=(260, 220), cap=RED) + "".join(path(f"M258 222l{-20 + 14 * at} -56l24 {-2 + 4 * at}l-2 58z", PAPER, INK, 2) for at in range(4))
    + person(470, 130, GREEN, 0, GREY, arm=(400, 220)) + "".join(path(f"M400 222l{-24 + 12 * at} -50l22 0l4 50z", RED, PAPER, 2) for at in range(3)) + rect(200, 260, 260, 14, GREY, 5) + line(330, 274, 330, 390, GREY, 10),
    "captions-laptop-edit": lambda: rect(0, 0, WIDTH, HEIGHT, BROWN) + screen(90, 40, 340, 220) + person(260, 110, PAPER, 2, tall=90) + rect(96, 196, 328, 34, INK) + text(250, 220, "Take two tablets", 18, PAPER) + line(330, 214, 316, 214, RED, 6) + path("M250 120l30 18l-30 18z", PAPER)
    + rect(60, 260, 400, 20, DARK, 6) + sheet(480, 120, 120, 170, 7, "#fff3a8") + f'<ellipse cx="536" cy="190" rx="46" ry="16" fill="none" stroke="{RED}" stroke-width="5"/>',
    "community-folding-chairs": lambda: room("#e9e2d3") + rect(30, 40, 150, 150, BROWN) + "".join(rect(40 + 17 * at, 56, 12, 50, [RED, BLUE, GREEN, YELLOW][at % 4]) for at in range(8)) + "".join(rect(40 + 17 * at, 126, 12, 50, [GREEN, YELLOW, RED, BLUE][at % 4]) for at in range(8))
    + table(470, 190, 140) + rect(500, 120, 50, 70, GREY, 8) + rect(520, 164, 10, 14, INK) + rect(560, 168, 40, 24, BLUE, 3) + path("M572 168q8 -16 16 0z", PAPER)
    + chair(220, 190, RED, 0.8) + chair(320, 180, BLUE, 0.8) + chair(410, 220, GREEN, 0.9) + chair(370, 290, YELLOW) + chair(250, 300, GREY) + chair(160, 250, BROWN, 0.9),
    "pediatrics-two-heights": lambda: room("#e4eef3") + person(250, 90, RED, 1, BROWN, arm=(330, 180)) + rect(310, 156, 70, 46, INK, 5) + rect(316, 162, 58, 34, "#cfe3ee", 2)
    + counter(130, 200, 300) + counter(390, 290, 200, YELLOW) + person(490, 210, PINK, 1, BROWN, tall=60, arm=(450, 282)) + rect(420, 276, 60, 12, PAPER) + circle(436, 280, 4, RED) + circle(452, 280, 4, BLUE),
    "pediatrics-mri-submarine": lambda: room("#bfe0ea", "#9cc2cf", 320) + rect(90, 90, 460, 230, YELLOW, 110) + circle(320, 205, 86, DARK) + circle(320, 205, 62, INK) + rect(250, 226, 140, 22, PAPER, 8)
    + "".join(circle(at, 160, 24, "#cfe3ee", f' stroke="{DARK}" stroke-width="8"') for at in (160, 480)) + rect(280, 50, 80, 44, YELLOW, 10) + path("M320 50L320 20L350 20", stroke=DARK, width=10)
    + path("M40 400L40 40L0 0L0 400Z", BROWN) + path("M600 400L600 40L640 0L640 400Z", BROWN) + circle(110, 80, 10, PAPER) + circle(140, 50, 7, PAPER),
    "events-stacked-chairs": lambda: room("#dcd5c6", "#c89d62") + path("M80 40L420 70L400 150L110 230Z", RED) + text(240, 126, "HEART HEALTH", 26, PAPER) + text(240, 158, "NIGHT", 26, PAPER)
    + "".join(rect(470, 300 - 26 * at, 110, 14, GREY, 4) for at in range(6)) + line(476, 310, 470, 390, DARK, 6) + line(574, 310, 580, 390, DARK, 6) + person(380, 170, BLUE, 0, arm=(470, 180)),
    "podcast-supply-closet": lambda: rect(0, 0, WIDTH, HEIGHT, "#e2d8c4")
    + "".join(rect(20, y, 150, 10, BROWN) + rect(470, y, 150, 10, BROWN) for y in (90, 180, 270)) + "".join(rect(x, y, 60, 22, c, 6) for x in (30, 100, 480, 550) for y, c in ((66, PAPER), (44, "#cfe3ee"), (156, PINK), (134, PAPER), (246, "#cfe3ee"), (224, PAPER)))
    + person(250, 150, GREEN, 2) + person(390, 150, BLUE, 0, BROWN) + table(190, 270, 260, GREY) + "".join(line(at, 270, at, 226, INK, 5) + circle(at, 218, 12, INK) for at in (290, 350)),
    "chatbot-information-desk": lambda: room() + path("M430 300L520 120L640 120L640 300Z", "#c8d6da") + rect(560, 150, 60, 120, "#b5c5cb") + person(230, 120, RED, 0, GREY, arm=(370, 150)) + counter(130, 240, 240)
    + rect(270, 196, 90, 44, PAPER, 3) + text(315, 214, "Ask me", 14) + text(315, 232, "anything", 14) + person(460, 150, BLUE, 2),
    "attribution-rain-gauge": lambda: rect(0, 0, WIDTH, HEIGHT, "#c6d8e2") + rect(0, 300, WIDTH, 100, "#7b5b3e") + "".join(path(f"M{at} 330q-24 -40 0 -50q24 10 0 50z", GREEN) for at in range(30, 620, 60))
    + rect(180, 140, 40, 230, BROWN) + rect(230, 80, 50, 230, "#ffffff", 10, ' fill-opacity="0.7"') + rect(230, 230, 50, 80, BLUE, 8)
    + "".join(line(262, 100 + 26 * at, 280, 100 + 26 * at, INK, 3) for at in range(8)) + rect(176, 170, 70, 12, DARK, 3) + path("M420 90q-40 0 -34 -36q20 -40 66 -18q40 -26 64 14q20 40 -24 40z", GREY),
    "style-guide-coffee-ring": lambda: rect(0, 0, WIDTH, HEIGHT, "#a87f5b") + rect(100, 60, 220, 290, "#e9e4d8", 3) + path("M90 50L310 50L310 310L270 340L90 340Z", PAPER) + path("M310 310L270 340L272 308Z", GREY)
    + text(200, 110, "STYLE GUIDE", 24) + lines(120, 140, 160, 9, 18) + line(104, 66, 124, 58, DARK, 5) + circle(230, 230, 46, "none", ' stroke="#b07b4a" stroke-width="7" stroke-opacity="0.7"')
    + rect(370, 150, 240, 130, DARK, 8) + "".join(rect(382 + 27 * (at % 8), 164 + 28 * (at // 8), 22, 22, GREY, 3) for at in range(24)) + rect(430, 250, 110, 20, GREY, 3),
    "wayfinding-colored-lines": lambda: rect(0, 0, WIDTH, HEIGHT, "#e3e7e4") + path("M0 400L220 150L420 150L640 400Z", "#cfc8b8") + rect(220, 60, 200, 90, "#d4dbd8") + rect(220, 60, 130, 130, "#f0ece2")
    + path("M120 400L262 190", stroke="#d99a8e", width=14) + path("M290 400L312 190", stroke="#9ab7c9", width=14) + path("M470 400L382 150", stroke="#b3c9a5", width=14),
    "wayfinding-entrance-c": lambda: rect(0, 0, WIDTH, HEIGHT, "#b9c0c3") + rect(200, 40, 240, 260, "#9fc4d8") + line(320, 40, 320, 300, PAPER, 8) + rect(200, 40, 240, 260, "none", 0, f' stroke="{DARK}" stroke-width="12"')
    + circle(320, 130, 62, YELLOW) + text(320, 160, "C", 84) + rect(0, 300, WIDTH, 100, DARK) + "".join(path(f"M{at} 400L{at + 30} 310", stroke=PAPER, width=6) for at in (60, 220, 380, 540))
    + rect(30, 0, 40, 300, GREY) + rect(570, 0, 40, 300, GREY),
}


def main():
    folder = Path(__file__).parent / "sample" / "pictures"
    for old in folder.glob("*.svg"):
        old.unlink()
    for name, scene in SCENES.items():
        head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}">'
        (folder / f"{name}.svg").write_text(f"{head}{scene()}</svg>\n", encoding="utf-8")


if __name__ == "__main__":
    main()
