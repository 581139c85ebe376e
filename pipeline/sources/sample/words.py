"""Word lists that several families share: names, places, goods, colours. Data only."""

NAMES = (
    "Ada", "Bruno", "Chiara", "Dmitri", "Elif", "Farah", "Goran", "Hana", "Ines", "Jonas", "Kofi",
    "Lena", "Mateo", "Nadia", "Oskar", "Priya", "Quentin", "Rosa", "Sami", "Tomoko", "Umar", "Vera",
    "Wen", "Ximena", "Yusuf", "Zofia",
)  # fmt: skip
TOWNS = (
    "Alderby", "Brackwater", "Corvane", "Dunmore", "Eastmere", "Fallowfield", "Greystead",
    "Harrowgate",
    "Ivybridge", "Kestrel Bay", "Larkhill", "Millbrook", "Northwick", "Oakhollow", "Pinecrest",
    "Redcliff",
)  # fmt: skip
GOODS = (
    "pencils", "notebooks", "apples", "lanterns", "tiles", "candles", "postcards", "seedlings",
    "marbles",
    "cups", "ribbons", "batteries", "stamps", "spoons", "buttons", "magnets",
)  # fmt: skip
COLOURS = ("red", "blue", "green", "yellow", "white", "black", "orange", "purple")
FRUITS = ("apple", "banana", "cherry", "fig", "grape", "kiwi", "lemon", "mango", "peach", "plum")
ANIMALS = (
    "badger",
    "cat",
    "dog",
    "ferret",
    "goat",
    "hamster",
    "otter",
    "parrot",
    "rabbit",
    "turtle",
)
JOBS = (
    "baker",
    "carpenter",
    "dentist",
    "engineer",
    "florist",
    "gardener",
    "painter",
    "pilot",
    "tailor",
)
DRINKS = ("cocoa", "coffee", "juice", "lemonade", "milk", "tea", "water")
