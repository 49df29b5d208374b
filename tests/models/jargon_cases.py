"""Lines as agents say them on the phone, for tests/models/test_jargon.py.

The author of the rules wrote them while writing the rules: they are regression examples, and
no measure of quality.
"""

from __future__ import annotations

PLAIN = [
    ("You'll give yourself a subcutaneous injection once a week.", "just under the skin"),
    ("it's a sub cutaneous shot so pinch your belly", "just under the skin"),
    ("um it goes in subcu", "just under the skin"),
    ("We need a prior authorization before we can ship it.", "approval from your insurance first"),
    ("the prior authorisation was denied", "approval from your insurance first"),
    ("so the P A was denied by your plan", "approval from your insurance first"),
    ("is it a P A I should ask for", "approval from your insurance first"),
    ("I have to write this down as an AE.", "a health problem you noticed"),
    ("that would be an A E that I have to report", "a health problem you noticed"),
    ("we are sending an I-C-S-R to the authority", "a safety report"),
    ("i will file an i c s r for you today", "a safety report"),
    ("I see that the ICSRs were filed", "a safety report"),
    ("your HCP can answer that for you", "your doctor, nurse or pharmacist"),
    ("Your doctor may order an MRI.", "a detailed body scan"),
    ("There is a REMS for this drug.", "a safety programme for this medicine"),
    ("the rems program requires a form", "a safety programme for this medicine"),
    ("take it PRN for pain", "only when you need it"),
    ("take it prn for pain", "only when you need it"),
    ("one tablet b.i.d. with food", "twice a day"),
    ("any NSAIDs in the last week", "a painkiller such as ibuprofen"),
    ("check your HbA1c", "your three month sugar level"),
    ("you may get erythema around it", "redness"),
    ("some patients have experienced thrombocytopenia", "too few cells for clotting"),
    ("The diluent goes into the vial first.", "the liquid to mix in"),
    ("you have to reconstitute the powder", "mix the powder with liquid"),
    ("did you have any dyspnoea at all", "trouble breathing"),
    ("have you noticed any oedema in your legs", "swelling"),
    ("it's contra indicated with grapefruit", "must not be used"),
    ("was there a temperature excursion on the way", "it got too warm or cold"),
    ("has the dose been titrated by your physician", "change the dose step by step"),
    ("what other concomitant medications do you take", "at the same time"),
    ("the auto injector is spring loaded", "the injection pen"),
    ("it's an anti-inflammatory medicine", "medicine against swelling"),
    ("Anaphylaxis has been reported in some patients.", "a dangerous allergic reaction"),
    ("Stop if you notice symptoms of hepatotoxicity.", "harm to the liver"),
    ("it has a long half life", "how long it stays in you"),
    ("your co-insurance applies after that", "the share you pay"),
    ("sub um cutaneous is the way it's given", "just under the skin"),
    ("Your hemoglobin is a little low.", "what carries oxygen in your blood"),
    ("Some families ask the doctor for a topical anaesthetic.", "a numbing cream"),
]
"""A line, and the plain words that it needs."""

NO_PLAIN = [
    "It could be costochondritis.",
    "maybe it's blepharitis",
    "the doctor may check for polymyositis",
    "it can lead to hyperuricemia",
    "they did an adenoidectomy when you were small",
    "I'll send it to the QRXT department",
]
"""No plain words are known, yet it is jargon enough for a nudge."""

REVIEW = [
    "do you have an appointment for the laparotomy",
    "was it osteomyelitis they found",
    "and do you take lenalidomide as well",
]
"""Rare, or a medicine's name, and no plain words: noticed, and nobody is interrupted."""

QUIET = [
    "Thank you for calling patient support, this is Daniel, how can I help?",
    "Please note that our call is recorded.",
    "press the button until you hear the second click and hold it for ten seconds",
    "take the pen out of the refrigerator thirty minutes before you use it",
    "choose a new place on your stomach or your leg and clean it with an alcohol swab",
    "put the date and the lot number in your diary",
    "your blood pressure and cholesterol were fine",
    "does your doctor know about the diabetes and the arthritis",
    "side effects can be nausea, a headache or a rash",
    "I see a charge of fifty dollars on your debit card",
    "your checking account has insufficient funds for that transaction",
    "I'd like to order new checks and reset your password",
    "okay so I need your account number and your PIN please",
    "your SSN and your ID please",
    "Let me transfer you to the ATM department",
    "you can send the PDF by WiFi or USB",
    "our FAQ is on the website",
    "we filed your tax return with the IRS",
    "AJ will call you back at 5 PM EST",
    "he's in the ICU at the moment, is he okay",
    # Explained as it is said.
    "It's subcutaneous, that means just under the skin.",
    "it's subcutaneous so just under the skin",
    "just under the skin, that's called subcutaneous",
    "Subcutaneous is a fancy word for under the skin.",
    "Anaphylaxis is a serious allergic reaction.",
    "You will titrate it, in other words we go up slowly.",
    "you may have a PA on file, which means",
    "it needs approval from your insurance first, a prior authorization",
    "it's one tablet BID, so twice a day",
    "do you know what titration means?",
    "have you heard of a biosimilar",
    "let me explain the prior authorization",
    # Letters that spell something.
    "the lot number is P A 4 7 2",
    "that's lot AXQ four",
    "is that lot number P A",
    "can you spell that for me, S M I T H",
    "it's I C as in Charlie S R",
    "my name is Anna and I'm in Pittsburgh, PA",
    "are you calling from PA or from New York",
    # Words that only look like it.
    "please don't STOP taking your time",
    "DO NOT WORRY ABOUT THE EMPATHY",
    "I really have a lot of empathy for that",
    "the hyperlink is in the email I sent",
    "hypothetically speaking that could be",
    "our hypermarket in Oklahoma has an aroma",
    "it's a paradox and an anachronism, serendipity really",
    "that's quite the hullabaloo",
    "my colleague Euphemia Cardiopoulos will call you",
    "I'm calling from the Gastromedica clinic",
    "your bid on the house",
    "the sob story",
    "the soc and the pap date",
    "a i",
]
"""Lines that raise nothing."""
