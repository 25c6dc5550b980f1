"""Three plain Lambda functions of an accounts department. Each takes its arguments as the event and knows nothing of MCP.

On AWS they are three functions with this file as their code, and another handler each.
"""

from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")


def invoice_total(event, context):
    """The sum of an invoice's lines, without and with tax."""
    net = sum(Decimal(str(line["price"])) * line.get("quantity", 1) for line in event["lines"])
    tax = (net * Decimal(str(event.get("tax_percent", 19))) / 100).quantize(CENT, ROUND_HALF_UP)
    return {"net": float(net), "tax": float(tax), "total": float(net + tax)}


def due_date(event, context):
    """The day on which an invoice has to be paid: a text, no object."""
    due = date.fromisoformat(event["issued"]) + timedelta(days=event.get("days", 30))
    while due.weekday() >= 5:  # not on a weekend
        due += timedelta(days=1)
    return due.isoformat()


def iban_check(event, context):
    """Whether an IBAN's check digits are right. Source: ISO 13616"""
    text = event["iban"].replace(" ", "").upper()
    if not (text.isalnum() and text.isascii() and 15 <= len(text) <= 34):
        raise ValueError("an IBAN has 15 to 34 letters and digits")
    number = int("".join(str(int(character, 36)) for character in text[4:] + text[:4]))
    return {"iban": text, "valid": number % 97 == 1}
