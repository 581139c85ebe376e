"""Menus of the server: the list of models as it is now, and parts of it that requests ask for."""

from pipeline.router.assemble import menu_of
from pipeline.router.menu import Menu
from pipeline.serving.errors import ApiError, refused
from pipeline.serving.protocol import Ask
from pipeline.serving.watched import Watched
from pipeline.settings import Settings

# The model that stands for the policy.
ROUTER = "xrouter"
MOST_MENUS = 256


class Menus:
    """The whole menu and parts of it, each made once.

    Attributes:
        watched: The list of models.
    """

    def __init__(self, settings: Settings) -> None:
        """Read the list of models.

        Raises:
            InputError: It cannot be used.
        """
        self.watched = Watched(
            "the list of models", settings.catalog.models, lambda: menu_of(settings)
        )
        self._parts: dict[tuple[str, ...], Menu] = {}

    @property
    def whole(self) -> Menu:
        """All models on offer."""
        return self.watched.content

    async def refresh(self) -> None:
        """Read the list again if it has changed."""
        if await self.watched.refresh():
            self._parts.clear()

    def of(self, ask: Ask) -> Menu:
        """What a request may call.

        Raises:
            ApiError: It asks for what is not on offer.
        """
        wanted = ask.wishes.models
        if ask.model != ROUTER:
            if self.whole.by_model(ask.model) is None:
                message = f"there is no model {ask.model[:80]!r}; GET /v1/models lists them"
                raise ApiError(404, message, code="model_not_found", param="model")
            if wanted is not None and wanted != (ask.model,):
                raise refused(f"xrouter.models: only with model {ROUTER!r}", "xrouter.models")
            return self._part((ask.model,))
        if wanted is None:
            return self.whole
        unknown = [name for name in wanted if self.whole.by_model(name) is None]
        if unknown:
            known = ", ".join(self.whole.offered)
            raise refused(
                f"xrouter.models: {unknown[0][:80]!r} is not on offer; there are {known}",
                "xrouter.models",
            )
        return self._part(wanted)

    def _part(self, names: tuple[str, ...]) -> Menu:
        # In the order of the list, so that equal sets are one menu.
        key = tuple(name for name in self.whole.offered if name in names)
        if key not in self._parts:
            if len(self._parts) >= MOST_MENUS:  # whoever asks for many parts gets no more memory
                self._parts.clear()
            self._parts[key] = Menu([e for e in self.whole.entries if e.model_id in names])
        return self._parts[key]
