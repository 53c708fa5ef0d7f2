"""A sealed field in a ModelForm: shown to who edits it, unchanged when sent back unchanged."""

from typing import Any

import pytest
from django import forms
from django.contrib.auth import get_user_model

from privacy.sealing import ring

pytestmark = pytest.mark.django_db

User = get_user_model()
PHONE = "+86 21 5555 0100"


class PhoneForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = User
        fields = ("phone",)


@pytest.fixture
def person() -> Any:
    made = User.objects.create_user(email="lin@example.org", password="correct horse", display_name="Lin", phone=PHONE)
    return User.objects.get(pk=made.pk)


def send(person: Any, phone: str) -> PhoneForm:
    form = PhoneForm({"phone": phone}, instance=person)
    form.save()
    return form


def ciphertext() -> Any:
    return User.objects.values_list("phone", flat=True).get()


def test_the_form_shows_the_text(person: Any) -> None:
    assert f'value="{PHONE}"' in str(PhoneForm(instance=person)["phone"])


def test_sent_back_unchanged_it_stays_the_same_ciphertext(person: Any) -> None:
    before = ciphertext()
    form = send(person, PHONE)
    assert (form.changed_data, ciphertext()) == ([], before)


def test_a_new_text_is_sealed(person: Any) -> None:
    form = send(person, "555")
    assert form.changed_data == ["phone"]
    assert User.objects.get().phone == "555"


def test_emptied_it_is_null(person: Any) -> None:
    send(person, "")
    assert ciphertext() is None


def test_what_was_erased_can_be_entered_anew(person: Any) -> None:
    ring.shred(person.sealing_subject())
    assert "value=" not in str(PhoneForm(instance=person)["phone"])
    send(person, "555")
    assert User.objects.get().phone == "555"
