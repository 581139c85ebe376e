"""Short passages of our own with questions that they answer; the facts are drawn."""

from collections.abc import Callable
from typing import NamedTuple

from pipeline.sources.sample.draw import Draw
from pipeline.sources.sample.words import COLOURS, JOBS, NAMES, TOWNS

_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September",
           "October", "November", "December")  # fmt: skip
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")


class Asked(NamedTuple):
    """A question about the passage; `answer_type` is text, number or date."""

    question: str
    answer: str
    answer_type: str = "text"


class Passage(NamedTuple):
    """A text and what it answers."""

    text: str
    asked: list[Asked]


def _date(draw: Draw) -> str:
    return f"{draw.integer(1, 28)} {draw.pick(_MONTHS)} {draw.integer(2001, 2024)}"


def opening_hours(draw: Draw) -> Passage:
    """A notice on the door of a public place."""
    place = draw.pick(
        ("library", "swimming pool", "town museum", "repair workshop", "garden centre")
    )
    town, closed, late = draw.pick(TOWNS), *draw.sample(_DAYS, 2)
    opens, closes, night = draw.integer(7, 10), draw.integer(16, 18), draw.integer(20, 22)
    fee, phone = draw.integer(2, 15), draw.integer(200_000, 899_999)
    text = draw.pick(
        (
            f"Welcome to the {place} of {town}. We are open from {opens}:00 to {closes}:00. "
            f"On {late}s we stay open until {night}:00, and on {closed}s we are closed. "
            f"Admission is {fee} euros; children under six enter free of charge. Questions? "
            f"Call {phone}.",
            f"{town} {place}: opening times. Daily {opens}:00-{closes}:00, {late} until "
            f"{night}:00, {closed} closed. A ticket costs {fee} euros. Telephone {phone}.",
        )
    )
    return Passage(text, [
        Asked(f"On which day is the {place} closed?", closed),
        Asked(f"How many euros does it cost to enter the {place}?", str(fee), "number"),
        Asked("Which telephone number is given?", str(phone), "number"),
        Asked("On which day does it stay open longest?", late),
    ])  # fmt: skip


def product(draw: Draw) -> Passage:
    """A product sheet."""
    thing = draw.pick(
        ("desk lamp", "rucksack", "kettle", "folding chair", "radio", "bicycle helmet")
    )
    name = draw.pick(("Alto", "Brisa", "Corvo", "Delfin", "Estra", "Fjord", "Gala", "Hexa"))
    colours, town = draw.sample(COLOURS, 3), draw.pick(TOWNS)
    grams, years, price = draw.integer(21, 240) * 10, draw.integer(2, 9), draw.integer(12, 190)
    text = draw.pick(
        (
            f"{name} {draw.integer(2, 9)}00 {thing}\nWeight: {grams} g\nColours: "
            f"{', '.join(colours)}\nWarranty: {years} years\nPrice: {price} euros\nMade in "
            f"{town}",
            f"The {thing} {name} weighs only {grams} g and comes in {colours[0]}, "
            f"{colours[1]} and {colours[2]}. It is made in {town}, has a warranty of "
            f"{years} years and costs {price} euros.",
        )
    )
    return Passage(text, [
        Asked(f"How many grams does the {thing} weigh?", str(grams), "number"),
        Asked("How many years does the warranty last?", str(years), "number"),
        Asked("What is the price in euros?", str(price), "number"),
        Asked(f"Where is the {thing} made?", town),
    ])  # fmt: skip


def meeting(draw: Draw) -> Passage:
    """Notes of a meeting with tasks for several people."""
    first, second, third, fourth = draw.sample(NAMES, 4)
    topic = draw.pick(
        (
            "the summer fair",
            "the new website",
            "the office move",
            "the school play",
            "the spring catalogue",
        )
    )
    date, guests = _date(draw), draw.integer(30, 400)
    tasks = draw.sample(("order the tables", "write to the newspaper", "book the hall",
    "design the posters",
                         "collect the fees", "ask the fire brigade", "print the badges"),
                         3)  # fmt: skip
    text = draw.pick(
        (
            f"Notes on {topic}, taken by {fourth}. Present: {first}, {second} and {third}. "
            f"We expect about {guests} people. {first} will {tasks[0]}, {second} will "
            f"{tasks[1]} and {third} will {tasks[2]}. The next meeting is on {date}.",
            f"Meeting about {topic}. Next date: {date}. To do: {first} - {tasks[0]}; "
            f"{second} - {tasks[1]}; {third} - {tasks[2]}. Expected number of people: "
            f"{guests}. Minutes: {fourth}.",
        )
    )
    return Passage(text, [
        Asked(f"Who is supposed to {tasks[1]}?", second),
        Asked(f"Whose task is it to {tasks[0]}?", first),
        Asked("When is the next meeting?", date, "date"),
        Asked("Who wrote these notes?", fourth),
        Asked("How many people are expected?", str(guests), "number"),
    ])  # fmt: skip


def letter(draw: Draw) -> Passage:
    """A private letter."""
    writer, reader, friend = draw.sample(NAMES, 3)
    town, job, day = draw.pick(TOWNS), draw.pick(JOBS), draw.pick(_DAYS)
    animal, weeks = draw.pick(("puppy", "kitten", "parrot", "hamster", "pony")), draw.integer(2, 9)
    text = draw.pick(
        (
            f"Dear {reader},\n\nWe moved to {town} {weeks} weeks ago, and I have already "
            f"found work as a {job}. The children got a {animal}, which {friend} looks "
            f"after when we are out. Will you visit us? {day} would suit us best.\n\n"
            f"Yours,\n{writer}",
            f"Hello {reader},\n\ngreetings from {town}! {friend} gave us a {animal}, and it "
            f"took {weeks} weeks until it got used to us. I still work as a {job}. Could "
            f"you call me on {day}?\n\nBest wishes from {writer}",
        )
    )
    return Passage(text, [
        Asked("Who wrote this letter?", writer),
        Asked(f"From which town does {writer} write?", town),
        Asked(f"What does {writer} work as?", job),
        Asked("Which animal is mentioned?", animal),
    ])  # fmt: skip


def event(draw: Draw) -> Passage:
    """An announcement of an event."""
    kind = draw.pick(
        ("concert", "flea market", "cycling tour", "lecture", "chess tournament", "cooking course")
    )
    place = draw.pick(("town hall", "old mill", "market square", "harbour shed", "school gym"))
    town, host, date = draw.pick(TOWNS), draw.pick(NAMES), _date(draw)
    price, seats = draw.integer(3, 30), draw.integer(20, 300)
    text = draw.pick(
        (
            f"{kind.capitalize()} in {town}! On {date} {host} invites everyone to the "
            f"{place}. There is room for {seats} people. Tickets cost {price} dollars.",
            f"Save the date: {date}, {place}, {town}. {host} organises a {kind} for at most "
            f"{seats} guests. The price is {price} dollars a head.",
        )
    )
    return Passage(text, [
        Asked(f"On what date does the {kind} take place?", date, "date"),
        Asked(f"Where in {town} is the {kind} held?", place),
        Asked(f"Who is the organiser of the {kind}?", host),
        Asked("How many people can take part?", str(seats), "number"),
    ])  # fmt: skip


def recipe(draw: Draw) -> Passage:
    """A recipe in brief."""
    dish = draw.pick(
        ("carrot soup", "plum cake", "bean stew", "potato salad", "rice pudding", "onion tart")
    )
    minutes, people, heat = draw.integer(4, 18) * 5, draw.integer(2, 9), draw.integer(15, 23) * 10
    spice, cook = (
        draw.pick(("cumin", "nutmeg", "paprika", "thyme", "ginger", "cinnamon")),
        draw.pick(NAMES),
    )
    text = draw.pick(
        (
            f"{cook}'s {dish} (serves {people}): prepare everything the evening before, "
            f"season with {spice}, put it into the oven at {heat} degrees Celsius and wait "
            f"for {minutes} minutes.",
            f"For {people} people. Heat the oven to {heat} degrees Celsius. Mix the "
            f"ingredients of the {dish}, add a little {spice} and bake for {minutes} "
            f"minutes. Recipe by {cook}.",
        )
    )
    return Passage(text, [
        Asked(f"For how many minutes is the {dish} in the oven?", str(minutes), "number"),
        Asked("To how many degrees Celsius is the oven heated?", str(heat), "number"),
        Asked(f"Which spice goes into the {dish}?", spice),
        Asked("How many people does the recipe serve?", str(people), "number"),
        Asked(f"Whose recipe for {dish} is this?", cook),
    ])  # fmt: skip


def timetable(draw: Draw) -> Passage:
    """An announcement at a station."""
    start, via, end = draw.sample(TOWNS, 3)
    train, platform, late = draw.integer(101, 989), draw.integer(1, 19), draw.integer(4, 9) * 5
    reason = draw.pick(
        ("a signal failure", "fallen trees", "a broken door", "building works", "snow on the line")
    )
    text = draw.pick(
        (
            f"Train {train} from {start} to {end} via {via} is running {late} minutes late "
            f"because of {reason}. It will leave from platform {platform}.",
            f"Attention, passengers on platform {platform}: owing to {reason}, train "
            f"{train} to {end}, coming from {start}, arrives {late} minutes late. It still "
            f"calls at {via}.",
        )
    )
    return Passage(text, [
        Asked("By how many minutes is the train delayed?", str(late), "number"),
        Asked("What is the reason for the delay?", reason),
        Asked("What is the train's final destination?", end),
        Asked("Which platform does the train use?", str(platform), "number"),
        Asked("Which town lies on the way between start and end?", via),
    ])  # fmt: skip


def flat(draw: Draw) -> Passage:
    """An advertisement for a flat."""
    town, owner, rooms = draw.pick(TOWNS), draw.pick(NAMES), draw.integer(2, 6)
    size, rent, floor = (
        draw.integer(38, 140),
        draw.integer(45, 190) * 10,
        draw.pick(("second", "third", "fourth", "fifth")),
    )
    extra, date = draw.pick(("balcony", "garage", "cellar", "roof terrace", "garden")), _date(draw)
    text = draw.pick(
        (
            f"To let in {town}: bright flat on the {floor} floor, {rooms} rooms, {size} "
            f"square metres, with {extra}. Rent {rent} euros a month. Free from {date}. "
            f"Please contact {owner}.",
            f"{owner} lets a flat in {town} from {date}. It has {rooms} rooms and {size} "
            f"square metres on the {floor} floor; a {extra} belongs to it. The monthly rent "
            f"is {rent} euros.",
        )
    )
    return Passage(text, [
        Asked("What is the monthly rent in euros?", str(rent), "number"),
        Asked("How many square metres does the flat have?", str(size), "number"),
        Asked("From what date is the flat free?", date, "date"),
        Asked("On which floor is the flat?", floor),
        Asked("Who lets the flat?", owner),
    ])  # fmt: skip


TEMPLATES: tuple[Callable[[Draw], Passage], ...] = (
    opening_hours, product, meeting, letter, event, recipe, timetable, flat,
)  # fmt: skip
