"""Marginal distributions of a real shop's purchases, as small numeric tables.

Derived from the order log of the CDNOW data set (23,570 customers who first bought in the first quarter
of 1997, 69,659 orders until June 1998; provided for research by Bruce Hardie).  The log itself is not
part of this package.  ``bench/fit_population.py <log>`` prints this module again.
"""

from __future__ import annotations

from typing import Final

# What the log as a whole says; tests hold a generated shop to it.
MEAN_ORDERS: Final = 2.9554
ONE_TIME_SHARE: Final = 0.5052
MEDIAN_GAP_DAYS: Final = 31
MEAN_ITEMS: Final = 2.4100
MEAN_SPEND_CENTS: Final = 3589.4

# Cents an order at every twentieth of all orders.
SPEND_CENTS: Final[tuple[int, ...]] = (
    0,
    999,
    1177,
    1277,
    1397,
    1449,
    1499,
    1599,
    1999,
    2354,
    2598,
    2814,
    3015,
    3497,
    3947,
    4370,
    5030,
    5869,
    7145,
    9661,
    128601,
)

# (lowest, highest, customers).
ORDERS_PER_CUSTOMER: Final[tuple[tuple[int, int, int], ...]] = (
    (1, 1, 11908),
    (2, 2, 4079),
    (3, 3, 2217),
    (4, 4, 1441),
    (5, 5, 995),
    (6, 6, 635),
    (7, 7, 475),
    (8, 8, 392),
    (9, 9, 274),
    (10, 10, 204),
    (11, 11, 142),
    (12, 12, 147),
    (13, 13, 109),
    (14, 14, 75),
    (15, 15, 72),
    (16, 16, 53),
    (17, 17, 55),
    (18, 18, 34),
    (19, 19, 26),
    (20, 24, 108),
    (25, 29, 55),
    (30, 39, 37),
    (40, 58, 23),
    (60, 80, 6),
    (102, 217, 8),
)

# (lowest, highest, orders).
ITEMS_PER_ORDER: Final[tuple[tuple[int, int, int], ...]] = (
    (1, 1, 31454),
    (2, 2, 16070),
    (3, 3, 9444),
    (4, 4, 5015),
    (5, 5, 2792),
    (6, 6, 1627),
    (7, 7, 1057),
    (8, 8, 684),
    (9, 9, 403),
    (10, 10, 293),
    (11, 11, 180),
    (12, 12, 136),
    (13, 13, 108),
    (14, 14, 70),
    (15, 19, 206),
    (20, 29, 92),
    (30, 47, 23),
    (56, 99, 5),
)

# Mean cents an item, in equal parts of all items.
ITEM_CENTS: Final[tuple[int, ...]] = (
    542,
    784,
    916,
    981,
    1021,
    1070,
    1102,
    1137,
    1155,
    1176,
    1179,
    1193,
    1209,
    1225,
    1242,
    1249,
    1259,
    1273,
    1283,
    1294,
    1299,
    1307,
    1319,
    1331,
    1340,
    1351,
    1362,
    1372,
    1383,
    1393,
    1397,
    1400,
    1412,
    1421,
    1433,
    1438,
    1447,
    1456,
    1468,
    1478,
    1490,
    1496,
    1500,
    1515,
    1532,
    1542,
    1562,
    1589,
    1614,
    1651,
    1693,
    1746,
    1805,
    1879,
    1972,
    2067,
    2228,
    2480,
    2931,
    4943,
)

# (customers with this many orders or more, days between orders at every twentieth).
GAP_DAYS: Final[tuple[tuple[int, tuple[int, ...]], ...]] = (
    (2, (0, 1, 6, 11, 16, 24, 33, 44, 59, 79, 105, 132, 159, 189, 231, 266, 302, 348, 390, 437, 533)),
    (3, (0, 2, 7, 13, 19, 26, 34, 44, 54, 67, 85, 105, 126, 150, 174, 204, 237, 273, 316, 376, 525)),
    (4, (0, 3, 6, 11, 16, 21, 28, 35, 43, 53, 64, 76, 91, 106, 123, 144, 168, 196, 237, 295, 494)),
    (6, (0, 2, 5, 8, 12, 15, 19, 23, 28, 33, 39, 46, 53, 63, 74, 87, 103, 124, 156, 204, 476)),
    (10, (0, 1, 3, 5, 7, 9, 11, 14, 16, 20, 22, 26, 30, 35, 41, 48, 57, 70, 90, 124, 426)),
    (20, (0, 0, 1, 2, 3, 4, 5, 7, 8, 9, 11, 13, 15, 17, 20, 24, 28, 34, 43, 60, 280)),
    (50, (0, 0, 0, 0, 0, 1, 1, 1, 2, 2, 3, 3, 4, 4, 5, 6, 7, 9, 13, 18, 215)),
)
