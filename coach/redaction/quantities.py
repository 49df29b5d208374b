"""Words beside a number that make it a dose, a count or a date, not something to dial."""

from coach.redaction.lexemes import word_set

MEASURES = word_set(
    """mg milligram milligrams mcg microgram micrograms g gram grams kg kilo kilos kilogram
    kilograms ml milliliter milliliters millilitre millilitres liter liters litre litres cc iu
    unit units pill pills tablet tablets capsule capsules drop drops puff puffs dose doses
    injection injections pen pens vial vials syringe syringes patch patches percent % degrees °
    pound pounds lb lbs ounce ounces oz inch inches feet cm mm dollar dollars euro euros cents
    """
)
"""Words that make the number before them a quantity, wherever it stands."""
COUNTED = word_set(
    """time times day days week weeks month months year years hour hours minute minutes second
    seconds night nights morning mornings am pm o'clock people patients refill refills box boxes
    bottle bottles million st nd rd th s"""
)
"""The same, but they may follow a phone number too ("555 0199 day or night")."""
MONTHS = word_set(
    """january february march april may june july august september october november december
    jan feb mar apr jun jul aug sep sept oct nov dec"""
)
BEFORE_YEAR = MONTHS | word_set(
    """in since of from until till to by year before after during spring summer autumn fall
    winter early late mid back around st nd rd th first second third fourth fifth sixth seventh
    eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth sixteenth seventeenth
    eighteenth nineteenth twentieth thirtieth"""
)
CURRENCIES = word_set("$ € £")
