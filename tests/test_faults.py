"""Every Chinese sentence of an error belongs to a class that there is, and asks for fields that the class has."""

import inspect
import re

import pytest

import api.errors
import api.reading.criteria
import catalog.errors
import ingest.errors
import ingest.fingerprint.errors
import storage.errors
from api.messages.faults import key_of_fault, sentence_of
from api.messages.language import Language
from api.messages.translator import texts_of, translator

MODULES = (
    api.errors,
    api.reading.criteria,
    catalog.errors,
    ingest.errors,
    ingest.fingerprint.errors,
    storage.errors,
)
CLASSES = {
    key_of_fault(each): each
    for module in MODULES
    for _, each in inspect.getmembers(module, inspect.isclass)
    if issubclass(each, Exception)
}
TEXTS = dict(
    re.findall(
        r"^(fault-[a-z-]+) = (.*?)(?=^\S|\Z)", texts_of(Language.CHINESE)["faults.ftl"], re.DOTALL | re.MULTILINE
    )
)


@pytest.mark.parametrize("key", sorted(TEXTS))
def test_a_translated_fault_names_an_error_and_its_fields(key: str) -> None:
    ours = [each for each in CLASSES[key].__mro__ if each in CLASSES.values()]
    source = "".join(inspect.getsource(each) for each in ours)
    for field in re.findall(r"\{ \$(\w+)", TEXTS[key]):
        assert f"self.{field}" in source, f"{CLASSES[key].__name__} has no field {field}"


def test_an_error_without_a_translation_keeps_its_own_sentence() -> None:
    error = storage.errors.StoreMisconfigured("The bucket has no lock.")
    assert sentence_of(translator(Language.CHINESE), error) == "The bucket has no lock."


def test_a_translated_error_says_its_facts() -> None:
    error = catalog.errors.NotFound("case", "迪市监罚〔2026〕12号")
    assert sentence_of(translator(Language.CHINESE), error) == "没有案件 迪市监罚〔2026〕12号。"
    assert sentence_of(translator(Language.ENGLISH), error) == str(error)


def test_the_errors_that_people_meet_every_day_are_translated() -> None:
    everyday = {"StoreFull", "StoreUnavailable", "CatalogUnavailable", "NotFound", "SettingsInvalid", "PortTaken"}
    assert everyday <= {CLASSES[key].__name__ for key in TEXTS}


@pytest.mark.parametrize("key", sorted(TEXTS))
def test_every_translated_fault_loads(key: str) -> None:
    """A text with a fault in its own grammar is left out by the library without a word."""
    assert translator(Language.CHINESE).has(key)
