"""What `makemore compare` shows: a run beside the count tables, on every split and beyond."""

from rich.console import Console
from rich.table import Table
from rich.text import Text

from makemore.loss_table import MODEL, LossTable


def show_loss_table(table: LossTable, console: Console) -> None:
    """Show the ladder of the count tables with the model below it."""
    shown = Table("nats per character", *(group.name for group in table.groups))
    shown.title = "Exact losses; unseen names do not stand in train"
    for name, losses in table.losses.items():
        if name == MODEL:
            shown.add_section()
        shown.add_row(name, *(f"{loss:.4f}" for loss in losses))
    shown.add_section()
    for what, counts in (
        ("words", [group.n_words for group in table.groups]),
        ("characters", [group.n_characters for group in table.groups]),
    ):
        shown.add_row(what, *(f"{n:,}" for n in counts))
    console.print(shown)
    for place, group in enumerate(table.groups[1:], start=1):
        console.print(Text(f"On {group.name}: {_verdict(table, place)}."))


def _verdict(table: LossTable, place: int) -> str:
    """Say how far the model is below or above the best of the tables."""
    losses = {name: each[place] for name, each in table.losses.items()}
    ours = losses.pop(MODEL)
    best = min(losses, key=losses.__getitem__)
    word = "below" if ours < losses[best] else "above"
    return f"{abs(losses[best] - ours):.4f} {word} the best table, the {best}"
