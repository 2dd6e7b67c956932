"""Names of made-up people of Ukraine and how they are spelled: two languages, two alphabets, short forms."""

import random
from itertools import product
from typing import NamedTuple


class Given(NamedTuple):
    """A given name in Ukrainian and Russian, how passports and people write it, and its short forms."""

    gender: str
    uk: str
    ru: str
    latin: tuple[str, ...]
    short: tuple[str, ...] = ()
    fathers: str = ""
    """The beginning of the patronymic of a man's children."""


class Family(NamedTuple):
    """A surname: a man's and a woman's, in Ukrainian, Russian and Latin letters."""

    uk: tuple[str, str]
    ru: tuple[str, str]
    latin: tuple[str, str]


def _given(text: str) -> Given:
    gender, uk, ru, latin, short, fathers = (part.strip() for part in text.split("|"))
    return Given(gender, uk, ru, tuple(latin.split()), tuple(short.split()), fathers)


# The commonest first; pairs that sound alike (Олександр and Олександра, Марія and Марина) on purpose.
GIVEN = tuple(
    map(
        _given,
        """m|Олександр|Александр|Oleksandr Alexander Aleksandr|Саша Сашко Sasha Шура|Олександр
f|Олена|Елена|Olena Elena Helen|Лена Оленка Lena|
f|Наталія|Наталья|Nataliia Natalia Natalya|Наташа Ната Natasha|
m|Сергій|Сергей|Serhii Sergey Sergii|Сергійко Сережа|Сергій
m|Андрій|Андрей|Andrii Andrey Andriy|Андрійко Андрюша|Андрій
f|Тетяна|Татьяна|Tetiana Tatiana Tatyana|Таня Tanya|
f|Ірина|Ирина|Iryna Irina|Іра Ира Ira|
m|Володимир|Владимир|Volodymyr Vladimir|Вова Володя Vova|Володимир
f|Оксана|Оксана|Oksana Oxana|Ксюша|
f|Світлана|Светлана|Svitlana Svetlana|Світа Света Sveta|
m|Микола|Николай|Mykola Nikolay|Коля Миколка Kolya|Микола
f|Юлія|Юлия|Yuliia Julia Yulia|Юля Yulya|
f|Ольга|Ольга|Olha Olga|Оля Olya|
m|Юрій|Юрий|Yurii Yuriy Yury|Юра Yura|Юрій
m|Іван|Иван|Ivan|Ваня Іванко Vanya|Іван
m|Василь|Василий|Vasyl Vasily|Вася Васько|Василь
f|Анна|Анна|Anna Hanna|Аня Anya|
f|Марія|Мария|Mariia Maria Mariya|Маша Маруся Masha|
f|Марина|Марина|Maryna Marina|Мариша|
m|Віктор|Виктор|Viktor Victor|Вітя Витя|Віктор
f|Вікторія|Виктория|Viktoriia Victoria|Віка Вика Vika|
f|Олександра|Александра|Oleksandra Alexandra|Саша Леся Sasha Шура|
m|Олексій|Алексей|Oleksii Alexey Aleksey|Льоша Леша Олекса|Олексій
m|Дмитро|Дмитрий|Dmytro Dmitry Dmitriy|Діма Дима Митько Dima|Дмитро
m|Петро|Петр|Petro Petr Peter|Петя Петрик|Петро
f|Людмила|Людмила|Liudmyla Ludmila Lyudmila|Люда Мила Люся|
f|Катерина|Екатерина|Kateryna Ekaterina Katerina|Катя Катруся Katya|
m|Михайло|Михаил|Mykhailo Mikhail|Миша Михась Misha|Михайло
m|Максим|Максим|Maksym Maxim|Макс|Максим
m|Роман|Роман|Roman|Рома Ромко|Роман
f|Анастасія|Анастасия|Anastasiia Anastasia|Настя Ася Nastya|
f|Дарія|Дарья|Dariia Daria Darya|Даша Дарина Dasha|
f|Дарина|Дарина|Daryna Darina|Даша Даринка|
m|Богдан|Богдан|Bohdan Bogdan|Данко|Богдан
f|Богдана|Богдана|Bohdana Bogdana|Дана|
m|Євген|Евгений|Yevhen Evgeny Eugene|Женя Zhenya|Євген
f|Євгенія|Евгения|Yevheniia Evgenia|Женя Zhenya|
m|Валентин|Валентин|Valentyn Valentin|Валя Валік|Валентин
f|Валентина|Валентина|Valentyna Valentina|Валя|
m|Валерій|Валерий|Valerii Valeriy|Валера|Валерій
f|Валерія|Валерия|Valeriia Valeria|Лєра Лера|
m|Владислав|Владислав|Vladyslav Vladislav|Влад Слава Vlad|Владислав
f|Владислава|Владислава|Vladyslava Vladislava|Влада Слава|
m|Станіслав|Станислав|Stanislav|Стас Слава|Станіслав
m|Ростислав|Ростислав|Rostyslav Rostislav|Слава Ростик|Ростислав
m|Тарас|Тарас|Taras|Тарасик|Тарас
m|Ярослав|Ярослав|Yaroslav|Славко Ярик|Ярослав
f|Ярослава|Ярослава|Yaroslava|Слава Яся|
m|Артем|Артем|Artem Artyom|Тьома Тема|Артем
m|Антон|Антон|Anton|Тоша|Антон
f|Антоніна|Антонина|Antonina|Тоня|
f|Софія|София|Sofiia Sofia Sophia|Соня Sonya|
f|Ангеліна|Ангелина|Anhelina Angelina|Геля Ліна|
f|Аліна|Алина|Alina|Аля Ліна|
f|Поліна|Полина|Polina|Поля Ліна|
f|Соломія|Соломия|Solomiia Solomia|Соля Мія|
m|Данило|Даниил|Danylo Daniil|Даня Данько|Данило
m|Денис|Денис|Denys Denis|Дэн Денчик|Денис
m|Ігор|Игорь|Ihor Igor|Гарик|Ігор
f|Інна|Инна|Inna||
f|Галина|Галина|Halyna Galina|Галя|
f|Лариса|Лариса|Larysa Larisa|Лара|
f|Любов|Любовь|Liubov Lyubov|Люба|
f|Надія|Надежда|Nadiia Nadezhda|Надя|
f|Ніна|Нина|Nina||
m|Павло|Павел|Pavlo Pavel|Паша|Павло
m|Степан|Степан|Stepan|Стьопа|Степан
m|Назар|Назар|Nazar||Назар
f|Христина|Кристина|Khrystyna Kristina|Христя|
f|Діана|Диана|Diana||
f|Маргарита|Маргарита|Marharyta Margarita|Рита|
f|Єлизавета|Елизавета|Yelyzaveta Elizaveta|Ліза Лиза|
m|Кирило|Кирилл|Kyrylo Kirill|Кирюша|Кирило
m|Гліб|Глеб|Hlib Gleb||Гліб
m|Лев|Лев|Lev|Льова|Лев""".splitlines(),
    )
)
_WEIGHTS = [1 / (place + 6) for place in range(len(GIVEN))]

_SOUNDS = "a b v h g d e z y i i i k l m n o p r s t u f ts ie - iu ia zh kh ch sh shch -"
_UK = dict(zip("абвгґдезиіїйклмнопрстуфцєьюяжхчшщ'", _SOUNDS.split(), strict=True))
_RU_OF_UK = str.maketrans({"и": "и", "і": "и", "ї": "и", "є": "е", "ґ": "г", "'": "ь"})


def latin_of(text: str) -> str:
    """As a Ukrainian passport spells it."""
    return "".join(_UK.get(letter, letter) for letter in text.lower()).replace("-", "").capitalize()


def _family(stem: str, ending: tuple[str, str], ru: tuple[str, str]) -> Family:
    uk = (stem + ending[0], stem + ending[1])
    russian = stem.translate(_RU_OF_UK)
    return Family(uk, (russian + ru[0], russian + ru[1]), (latin_of(uk[0]), latin_of(uk[1])))


_FIRST = (
    "Ба Бо Бон Вов Гав Гор Гри Да Дя Жу За Зін Ка Ко Кра Ла Ли Лу Ма Ме Мо На Они Па Пе По Ра Ро Са Си Ста "
    "Та Ти То Фе Хо Ца Че Шев Ша Ще Яро"
)
_SECOND = (
    "в вал вар гай дем дор жан зар зур кар лаш луб маз мен нас пал пін рад рос сен сир тар тим туш фан шин"
)
_STEMS = [first + second for first, second in product(_FIRST.split(), _SECOND.split())]
_ENDINGS = (
    (("енко", "енко"), ("енко", "енко")),
    (("чук", "чук"), ("чук", "чук")),
    (("ук", "ук"), ("ук", "ук")),
    (("ський", "ська"), ("ский", "ская")),
    (("ов", "ова"), ("ов", "ова")),
    (("ик", "ик"), ("ик", "ик")),
    (("ко", "ко"), ("ко", "ко")),
    (("ець", "ець"), ("ец", "ец")),
    (("ович", "ович"), ("ович", "ович")),
    (("юк", "юк"), ("юк", "юк")),
)


def family(draw: random.Random) -> Family:
    """A surname; the commonest of about twelve thousand is borne by one household in a hundred and more."""
    place = int(len(_STEMS) * draw.random() ** 2.5)
    ending, russian = _ENDINGS[int(len(_ENDINGS) * draw.random() ** 1.5)]
    return _family(_STEMS[place], ending, russian)


def given(draw: random.Random, gender: str) -> Given:
    """A given name of this gender, common ones more often."""
    while True:
        (found,) = draw.choices(GIVEN, _WEIGHTS)
        if found.gender == gender:
            return found


def patronymic(father: Given, gender: str) -> str:
    """The patronymic of this man's child, in Ukrainian."""
    if father.uk == "Микола":
        return "Миколаївна" if gender == "f" else "Миколайович"
    stem = father.fathers.removesuffix("о").removesuffix("ь")
    if gender == "f":
        return stem.removesuffix("й") + "ївна" if stem.endswith("й") else stem + "івна"
    return stem + "ович"
