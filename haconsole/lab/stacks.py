"""Which layers make which host."""

from __future__ import annotations

from . import images, mirror
from .layers import Recipe
from .topology import Family, LabState, Node, Part


def stack_for(node: Node, state: LabState, family: Family) -> tuple[Recipe, ...]:
    """Return the layers of a host, lowest first."""
    common: tuple[Recipe, ...] = (images.BASE, images.HOST)
    if node.part is Part.MIRROR:
        return (*common, mirror.DEBS, mirror.SERVED)
    if node.part is Part.JUMP:
        return common
    if family is Family.YUM:
        web: tuple[Recipe, ...]
        web, lb = (*common, mirror.YUM, mirror.WEB_YUM), mirror.LB_YUM
    else:
        web, lb = (*common, images.WEB_APT), images.LB_APT
    if state is LabState.FRESH:
        return web[:-1]
    return (*web, lb) if node.part is Part.LB else web
