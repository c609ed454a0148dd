"""BigramApp: one mode per pane, and the keys that work everywhere."""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from importlib import import_module

from textual import events
from textual.app import SystemCommand
from textual.binding import Binding
from textual.command import CommandPalette
from textual.filter import LineFilter, Monochrome
from textual.reactive import Reactive
from textual.screen import Screen
from textual.theme import BUILTIN_THEMES, Theme

from bigram_tui.files.preferences import load_preferences, preferred_language, remember
from bigram_tui.lesson.app import LessonApp
from bigram_tui.lm.settings import ADD_K, DEFAULT_TEMPERATURE, TrainingSettings
from bigram_tui.panes.pane import Pane
from bigram_tui.session.learning import Learning
from bigram_tui.session.opening import Opening, pasted_list, pasted_path
from bigram_tui.session.workspace import Workspace
from bigram_tui.terminal.app import TerminalApp
from bigram_tui.terminal.clipboard import Copied
from bigram_tui.terminal.keyboard import is_of_another_layout
from bigram_tui.texts import LANGUAGES, Phrase, say, speak
from bigram_tui.themes import DARK, OWN_THEMES, own_colours, readable, without_colours
from bigram_tui.views.ramp import RAMPS
from bigram_tui.widgets.actions import commands
from bigram_tui.widgets.pane_header import PANES
from bigram_tui.words.corpus import Corpus
from bigram_tui.words.streams import Source

COPIED = {
    Copied.SENT: Phrase("Sent to the terminal's clipboard, if it allows that"),
    Copied.KEPT_BY_TMUX: Phrase("Copied to tmux, and sent to the terminal's clipboard"),
    Copied.NOT_KEPT_BY_TMUX: Phrase(
        "Sent; tmux passes it on to the clipboard after: tmux set -g set-clipboard on"
    ),
}

QUIET = 0.15
"""Seconds from the first frame until torch is loaded: a key pressed in the meantime is handled first."""


def _pane(module: str, kind: str) -> Callable[[], Screen[None]]:
    """A factory for a pane, which imports its module when it is first shown."""

    def make() -> Screen[None]:
        made: Screen[None] = getattr(import_module(f"bigram_tui.panes.{module}"), kind)()
        return made

    return make


def _remembered_theme() -> str:
    theme = load_preferences().theme
    return theme if theme in OWN_THEMES or theme in BUILTIN_THEMES else DARK.name


class BigramApp(LessonApp):
    """The panes, and what they share."""

    TITLE = "bigram-tui"
    CSS_PATH = "app.tcss"
    MODES = {
        "dataset": _pane("dataset", "DatasetPane"),
        "counts": _pane("counts.pane", "CountsPane"),
        "training": _pane("training.pane", "TrainingPane"),
        "generator": _pane("generator.pane", "GeneratorPane"),
        "contexts": _pane("contexts.pane", "ContextsPane"),
    }
    DEFAULT_MODE = "dataset"
    BINDINGS = [
        Binding("l", "begin_lesson", "Lesson", tooltip="A guided way through the panes in short chapters"),
        *(
            Binding(
                str(number), f"go_to_pane('{mode}')", title, show=False, tooltip=f"Go to the {title} pane"
            )
            for number, (mode, title) in enumerate(PANES.items(), 1)
        ),
        Binding("o", "open", "Open", tooltip="Open another word list"),
        Binding(
            "left_parenthesis",
            "change_context(-1)",
            "Shorter context",
            key_display="(",
            show=False,
            tooltip="Let each character depend on one character less",
        ),
        Binding(
            "right_parenthesis",
            "change_context(1)",
            "Longer context",
            key_display=")",
            show=False,
            tooltip="Let each character depend on one character more",
        ),
        Binding("u", "undo", "Undo", show=False, tooltip="Undo the last clearing or starting over"),
        Binding("question_mark,f1", "help", "Help", tooltip="Help for this pane"),
        Binding("w,f2", "why", "Why?", tooltip="Explain what has the focus"),
        Binding("p", "code", "Code", tooltip="The PyTorch code of what this pane shows"),
        Binding("ctrl+p", "command_palette", "More", priority=True, tooltip="Everything you can do, by name"),
        Binding("q", "quit", "Quit", tooltip="Leave the program"),
        *LessonApp.BINDINGS,
        *TerminalApp.BINDINGS,
    ]

    theme: Reactive[str] = Reactive(_remembered_theme, init=False)
    """Set before mounting: on a change, even to the initial theme, Textual would parse all styles again."""

    def __init__(
        self,
        corpus: Corpus,
        settings: TrainingSettings,
        smoothing: float,
        temperature: float = DEFAULT_TEMPERATURE,
        opening: Opening | None = None,
        language: str | None = None,
        lesson: bool = False,
        smoother: str = ADD_K,
        learning: Learning | None = None,
    ) -> None:
        """With an opening, the app starts with the corpus and shows the progress of opening the other list.

        Without a language, texts are in the one chosen last, or else in the locale's.
        """
        super().__init__()
        self._opening = opening
        self._begins_with_lesson = lesson
        self._told_of_layout = False
        preferences = load_preferences()
        self._is_first_start = not preferences.welcomed
        ramp = preferences.ramp if preferences.ramp in RAMPS else next(iter(RAMPS))
        language = language or preferred_language()
        speak(language)
        self.workspace = Workspace(
            self, corpus, settings, smoothing, temperature, ramp, language, smoother, learning
        )
        for theme in OWN_THEMES.values():
            self.register_theme(theme)

    def get_theme(self, theme_name: str) -> Theme | None:
        return readable(theme_name) or super().get_theme(theme_name)

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return own_colours(self.current_theme)

    def get_line_filters(self) -> Sequence[LineFilter]:
        filters = super().get_line_filters()
        return [without_colours(self.theme) if isinstance(f, Monochrome) else f for f in filters]

    def on_mount(self) -> None:
        self.theme_changed_signal.subscribe(self, lambda theme: remember(theme=theme.name))
        self.workspace.want_torch = self._load_torch
        if not self.is_web:  # on a server, each visitor has a process, most of whose memory would be torch
            self.call_after_refresh(self.set_timer, QUIET, self._load_torch)
        if self._is_first_start:
            remember(welcomed="yes")
        self._tell_disguise()
        if not self._opening:
            self.call_after_refresh(self.workspace.learn_as_wanted)
        if self._opening:
            self.call_after_refresh(self._open_at_once, self._opening)
        elif self._begins_with_lesson:
            self.call_after_refresh(self.action_begin_lesson)
        else:
            self._welcome()

    def _open_at_once(self, opening: Opening) -> None:
        from bigram_tui.dialogs.open.dialog import OpenDialog

        dialog = OpenDialog(opening)

        def show(corpus: Corpus | None) -> None:
            self._show_opened(corpus)
            if corpus is None:
                shown = self.workspace.dataset.latest.corpus.name
                reason = say("{failure}: this is {list} instead", failure=dialog.failure, list=shown)
                self.notify(reason, severity="error", timeout=20, markup=False)
            else:
                self._tell_disguise()
            self._welcome()

        self.push_screen(dialog, show)

    def _tell_disguise(self) -> None:
        """Warn about a list that looks like another format: from the command line, it is opened without a
        preview."""
        corpus = self.workspace.dataset.latest.corpus
        if corpus.format.disguise:
            said = f"{corpus.name}: {corpus.format.disguise.reason}"
            self.notify(said, severity="warning", timeout=20, markup=False)

    def _welcome(self) -> None:
        """Welcome the user on the first start, but not if that could not be remembered."""
        if self._is_first_start and load_preferences().welcomed:
            from bigram_tui.dialogs.welcome import WelcomeDialog

            self.push_screen(WelcomeDialog(), lambda key: self.simulate_key(key) if key else None)

    def _load_torch(self) -> None:
        """Import torch and the rest in the background, once."""
        from bigram_tui.starting import load_torch_in_background

        self.workspace.want_torch = lambda: None
        load_torch_in_background(partial(self.call_later, self.workspace.torch_is_ready))

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """The lesson, the commands of the pane and of the app; those without keys come last."""
        lesson, *others = commands(self, (self,))
        yield lesson
        if isinstance(screen, Pane):
            yield from commands(self, screen.with_keys())
        yield from others
        if isinstance(screen, Pane):
            yield from screen.commands()
        about = say("The colours of everything, light or dark")
        yield SystemCommand(say("Theme"), about, self.action_change_theme)
        for ramp in RAMPS:
            title, about = say("Colours: {name}", name=say(ramp)), say("Show tables in these colours")
            yield SystemCommand(title, about, partial(self._use_ramp, ramp))
        for language, name in LANGUAGES.items():
            about = say("Everything in {language}", language=name)
            yield SystemCommand(f"Language: {name}", about, partial(self._use_language, language))
        yield from self.chapters()

    def _use_language(self, language: str) -> None:
        speak(language)
        self.workspace.language.publish(language)
        remember(language=language)

    def _use_ramp(self, ramp: str) -> None:
        self.workspace.ramp.publish(ramp)
        remember(ramp=ramp)

    def action_go_to_pane(self, mode: str) -> None:
        self.switch_mode(mode)

    def action_change_context(self, step: int) -> None:
        self.workspace.set_context(self.workspace.learning.context + step)

    def action_undo(self) -> None:
        undone = self.workspace.undo.take_back()
        self.workspace.announce(
            say("Undone: {done}", done=undone) if undone else say("There is nothing to undo")
        )

    def action_help(self) -> None:
        from bigram_tui.dialogs.help import HelpDialog

        pane = self.screen
        if isinstance(pane, Pane):
            self.push_screen(HelpDialog(pane.MODE, self.workspace, pane.with_keys()))

    def action_why(self) -> None:
        from bigram_tui.dialogs.why import WhyDialog

        if isinstance(self.screen, Pane):
            not_yet = say(
                "There is nothing to explain yet: the pane is getting ready. Ask again in a moment."
            )
            self.push_screen(WhyDialog(self.screen.why() if self.screen.has_begun else not_yet))

    def action_code(self) -> None:
        from bigram_tui.dialogs.code import CodeDialog

        if isinstance(self.screen, Pane):
            not_yet = say("There is no code yet: the pane is getting ready. Ask again in a moment.")
            code = self.screen.code() if self.screen.has_begun else not_yet
            if isinstance(code, str):
                self.workspace.announce(code)
            else:
                self.push_screen(CodeDialog(code, f"bigram-{self.screen.MODE}"))

    def action_command_palette(self) -> None:
        from bigram_tui.dialogs.palette import Palette
        from bigram_tui.dialogs.welcome import WelcomeDialog

        if isinstance(self.screen, WelcomeDialog):
            self.screen.dismiss()
        if not isinstance(self.screen, CommandPalette):
            self.push_screen(Palette())

    def search_themes(self) -> None:
        from bigram_tui.dialogs.palette import Palette, Themes

        self.push_screen(Palette(Themes))

    def action_open(self, typed: str = "", pasted: Source | None = None) -> None:
        from bigram_tui.dialogs.open.dialog import OpenDialog

        if isinstance(self.screen, Pane):
            self.push_screen(OpenDialog(typed=typed, pasted=pasted), self._show_opened)

    def _show_opened(self, corpus: Corpus | None) -> None:
        if corpus is not None:
            self.workspace.open(corpus)

    def on_with_clipboard_handed_over(self, event: TerminalApp.HandedOver) -> None:
        self.workspace.announce(say(COPIED[event.copied]))

    def on_key(self, event: events.Key) -> None:
        """Explain once in a while that a letter of a non-Latin keyboard layout is not a key here."""
        if is_of_another_layout(event.key) and not self._told_of_layout:
            self._told_of_layout = True
            self.set_timer(self.NOTIFICATION_TIMEOUT, self._forget_that_it_was_told)
            self.notify(
                say("The keyboard seems to be in another layout; f1, arrows, tab, digits, ctrl+p work in any")
            )

    def _forget_that_it_was_told(self) -> None:
        self._told_of_layout = False

    def on_paste(self, event: events.Paste) -> None:
        """Open pasted lines as a list; a file dropped on the terminal arrives as its pasted path."""
        path, pasted = pasted_path(event.text), pasted_list(event.text)
        if path is not None or pasted is not None:
            self.action_open(path or "", None if path else pasted)

    async def action_quit(self) -> None:
        work = self.workspace.long_work
        if not work:
            self.exit()
            return
        from bigram_tui.dialogs.confirm import ConfirmDialog

        if isinstance(self.screen, ConfirmDialog):
            return
        question = ConfirmDialog(say("{work} Quit anyway?", work=work), say("Quit"))
        self.push_screen(question, lambda quit_: self.exit() if quit_ else None)
