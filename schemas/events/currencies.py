"""Which currencies there are (ISO 4217), and how many decimals the minor unit of each has."""

# ruff: noqa: SIM905 (a list of 170 words is read as text)

from __future__ import annotations

from typing import Final

_TWO: Final = """
    AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW CNY COP COU CRC CUP CVE CZK
    DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR
    LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR
    SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XAD XCD XCG YER
    ZAR ZMW ZWG
""".split()
_NONE: Final = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split()
_THREE: Final = "BHD IQD JOD KWD LYD OMR TND".split()
_FOUR: Final = "CLF UYW".split()
_WITHDRAWN: Final = "ANG BGN CUC HRK LTL LVL MRO SLL STD VEF ZMK ZWL".split()
"""No longer issued, but old orders are in them. All have two decimals; BYR, the one without, follows below."""

CURRENCIES: Final[dict[str, int]] = dict(
    sorted(
        [(code, 2) for code in _TWO + _WITHDRAWN]
        + [(code, 0) for code in [*_NONE, "BYR"]]
        + [(code, 3) for code in _THREE]
        + [(code, 4) for code in _FOUR]
    )
)
"""Code -> decimals of the minor unit: an amount of 1999 is 19.99 USD, 1999 VND or 1.999 KWD.

Without what has no minor unit: metals, units of account, testing (XTS), no currency (XXX).
"""
