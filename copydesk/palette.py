"""The colours of every picture: one table, light and dark, shared by diagram, timeline, HTML report and dashboard.

Texts keep a contrast of at least 4.5 to 1 on the surfaces they stand on, outlines 3 to 1 (WCAG 2.2, 1.4.3 and 1.4.11).
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Literal

Theme = Literal["light", "dark"]

# Every light colour has one role only: a page shows a light picture in the dark by exchanging colour for colour.
ROLES: dict[str, tuple[str, str]] = {
    "paper": ("#ffffff", "#14171c"),
    "panel": ("#f5f6f8", "#1b1f26"),
    "panel_edge": ("#d8dce2", "#343b46"),
    "ink": ("#1b1e23", "#eceef2"),
    "muted": ("#59616b", "#a9b1bc"),
    "edge": ("#7d8590", "#79828e"),
    "critical": ("#20242a", "#f4f5f7"),
    "track": ("#e3e6ea", "#2c333d"),
    "share": ("#4a6fa5", "#7fa6de"),
    "wait": ("#c3c9d1", "#4a535f"),
    "delay": ("#e0b44c", "#a8842d"),
    "planned_fill": ("#fefeff", "#232932"),
    "planned_line": ("#6b7480", "#8b95a2"),
    "completed_fill": ("#e6f4ea", "#12301d"),
    "completed_line": ("#1c7a3e", "#4cb873"),
    "failed_fill": ("#fde7e5", "#401714"),
    "failed_line": ("#b3261e", "#f2786d"),
    "timed_out_fill": ("#fdecdc", "#3d230a"),
    "timed_out_line": ("#a34a00", "#f0954a"),
    "running_fill": ("#e2eefb", "#10294a"),
    "running_line": ("#0a5bad", "#6aaef5"),
    "retrying_fill": ("#fdf3cd", "#352b06"),
    "retrying_line": ("#7c5e00", "#d9b13b"),
    "skipped_fill": ("#eff0f2", "#23272e"),
    "skipped_line": ("#69717b", "#8a939f"),
    "cancelled_fill": ("#efeaf5", "#2a2138"),
    "cancelled_line": ("#6a4c93", "#b79be0"),
    "lost_fill": ("#fbe5f0", "#3c1229"),
    "lost_line": ("#a0216b", "#ee7ab8"),
    "pending_fill": ("#fbfbfc", "#191d23"),
    "pending_line": ("#747c87", "#7f8895"),
}

LIGHT = MappingProxyType({role: light for role, (light, _) in ROLES.items()})
DARK = MappingProxyType({role: dark for role, (_, dark) in ROLES.items()})

# The states of a step run, as in the contract; each has a mark of its own beside its colours.
STEP_STATES = (
    "pending",
    "running",
    "retrying",
    "completed",
    "failed",
    "timed_out",
    "skipped",
    "cancelled",
    "lost",
)


def colors(theme: Theme) -> MappingProxyType[str, str]:
    """Role -> colour as `#rrggbb`."""
    return DARK if theme == "dark" else LIGHT


def known_state(state: str) -> str:
    """The state itself; `pending` for a word that is none, so that a foreign state still draws."""
    return state if state in STEP_STATES else "pending"


def recolor_css(selector: str) -> str:
    """CSS rules that turn a light picture below `selector` into a dark one."""
    rules = []
    for light, dark in ROLES.values():
        rules.append(f'{selector} [fill="{light}"]{{fill:{dark}}}')
        rules.append(f'{selector} [stroke="{light}"]{{stroke:{dark}}}')
    return "\n".join(rules)
