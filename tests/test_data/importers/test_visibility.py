"""What is internal stays internal: flags, kinds and channels of many help desks, and questions where it is unclear."""

from __future__ import annotations

import json

import pytest

from data.importers.importer import Broken, ImportOptions, Told
from data.importers.visibility_meaning import Kind, kind_of
from data.intake import Accepted, Dropped, take

SECRET = "margin is 62 percent"


def imported(path, **columns):
    return list(take([path], options=ImportOptions(columns=columns)))


def table(tmp_path, header, note, answer, *, customer=""):
    """A conversation with a note and an answer, each with its cells under ``header``."""
    path = tmp_path / "t.csv"
    path.write_text(
        f"ticket,sender,text,{header}\n"
        f"1,customer,Does the lamp work outdoors?,{customer or answer}\n"
        f"1,agent,{SECRET},{note}\n"
        f"1,agent,Yes it does.,{answer}\n"
        f"2,customer,Is it waterproof?,{customer or answer}\n"
        f"2,agent,It is.,{answer}\n"
    )
    return path


def answers(rows):
    return [turn.text for row in rows if isinstance(row, Accepted) for turn in row.item.turns if turn.role == "agent"]


FLAGS = [
    ("private", "true", "false"),
    ("is_private", "1", "0"),
    ("Internal", "yes", "no"),
    ("Intern", "ja", "nein"),
    ("interne", "oui", "non"),
    ("interno", "sí", "no"),
    ("privata", "vero", "falso"),
    ("Interne Notiz", "Wahr", "Falsch"),
    ("intern", "waar", "onwaar"),
    ("内部", "是", "否"),
    ("public", "false", "true"),
    ("isPublic", "FALSE", "TRUE"),
    ("jsdPublic", "False", "True"),
    ("IsVisibleForCustomer", "0", "1"),
    ("Öffentlich", "nein", "ja"),
    ("publique", "faux", "vrai"),
    ("público", "no", "sí"),
    ("pubblico", "falso", "vero"),
    ("openbaar", "nee", "ja"),
    ("公开", "否", "是"),
    ("visibility", "internal", "public"),
    ("visibility", "agents", "everyone"),
    ("Sichtbarkeit", "intern", "öffentlich"),
    ("visibilité", "privée", "publique"),
    ("zichtbaarheid", "intern", "openbaar"),
    ("可见性", "内部", "公开"),
    ("audience", "staff", "customers"),
    ("access", "private", "public"),
    ("scope", "internal", "external"),
    ("channel", "internal-note", "email"),
    ("part_type", "note", "comment"),
    ("type", "note", "reply"),
    ("Type", "Comment", "Correspond"),
    ("kind", "interne Notiz", "Antwort"),
    ("tipo", "nota interna", "respuesta"),
    ("类型", "内部备注", "公开"),
    ("x7", "internal", "public"),
    ("note", "1", "0"),
    ("is_note", "t", "f"),
    ("staff_only", "yes", "no"),
    ("public", "not public", "public"),
    ("is_internal", "1.0", "0.0"),
    ("private", "true", ""),
    ("An Kunden gesendet", "nein", "ja"),
    ("sent_to_customer", "false", "true"),
    ("isSentToClient", "0", "1"),
    ("envoyé au client", "non", "oui"),
    ("Enviado al cliente", "no", "sí"),
    ("inviato al cliente", "no", "sì"),
    ("verzonden naar klant", "nee", "ja"),
    ("已发送给客户", "否", "是"),
    ("customer_notified", "n", "y"),
    ("Kunde benachrichtigt", "nein", "ja"),
    ("is_customer_facing", "false", "true"),
    ("show_to_customer", "0", "1"),
    ("customer_can_see", "f", "t"),
    ("Kundensichtbar", "nein", "ja"),
    ("requester_visible", "0", "1"),
    ("IsVisibleInSelfServicePortal", "0", "1"),
    ("show_in_portal", "0", "1"),
    ("hidden_from_requester", "true", "false"),
    ("nicht für Kunden", "ja", "nein"),
    ("is_not_internal", "no", "yes"),
    ("is_sent", "0", "1"),
    ("email_sent", "false", "true"),
    ("sent", "no", "yes"),
    ("gesendet", "nein", "ja"),
    ("unsent", "1", "0"),
    ("recipient", "colleagues", "customer"),
    ("recipient_type", "agent", "end-user"),
    ("to", "agents", "requester"),
    ("Empfänger", "Kollegen", "Kunde"),
    ("destinataire", "équipe", "client"),
    ("destinatario", "colleghi", "cliente"),
    ("ontvanger", "collega", "klant"),
    ("接收人", "同事", "客户"),
    ("收件人", "内部", "客户"),
    ("shared_with", "team", "customer"),
    ("who_can_see", "staff", "anyone"),
    ("audience", "team", "customers"),
    ("audience_type", "team", "public"),
    ("note_visibility", "team", "all"),
    ("access_level", "staff", "public"),
    ("permission", "agents", "everyone"),
    ("nur intern", "ja", "nein"),
    ("nur_intern", "x", ""),
    ("for_internal_use", "1", "0"),
    ("uniquement interne", "oui", "non"),
    ("solo uso interno", "vero", "falso"),
    ("alleen intern", "ja", "nee"),
    ("仅内部", "是", "否"),
    ("internal_comment", "true", "false"),
    ("interner Vermerk", "ja", "nein"),
    ("interne opmerking", "ja", "nee"),
    ("réponse publique", "non", "oui"),
    ("respuesta pública", "no", "sí"),
    ("openbaar antwoord", "nee", "ja"),
    ("agent_note", "1", "0"),
    ("for_team", "1", "0"),
    ("side_conversation", "true", "false"),
    ("note_type", "internal", "public"),
    ("note_type", "team", "customer"),
    ("ArticleType", "note-report", "note-external"),
    ("ArticleType", "email-internal", "email-external"),
    ("delivery_status", "not sent", "sent"),
    ("Jsd_public", "false", "true"),
    ("via", "internal", "web"),
]


@pytest.mark.parametrize(("header", "note", "answer"), FLAGS)
def test_a_note_is_no_answer(tmp_path, header, note, answer):
    rows = imported(table(tmp_path, header, note, answer))
    assert answers(rows) == ["Yes it does.", "It is."]
    assert any(isinstance(row, Told) and header in row.message for row in rows)


UNCLEAR = [
    ("visibility", "level 2", "public"),
    ("private", "maybe", "false"),
    ("audience", "gold", "silver"),
    ("public", "", "false"),
    ("channel", "internal-note", "pigeon"),
    ("access", "7", "8"),
    ("Sichtbarkeit", "Stufe 1", "Stufe 2"),
    ("type", "N", "M"),
    ("message_kind", "2", "1"),
    ("label", "internal", "internal"),
    ("ArticleTypeID", "9", "1"),
    ("article_type_id", "11", "10"),
    ("CommunicationChannelID", "3", "1"),
    ("visibility_id", "2", "1"),
    ("note_type", "0", "1"),
    ("is_reply", "false", "true"),
    ("Antwort", "nein", "ja"),
    ("est_réponse", "non", "oui"),
    ("是否回复", "否", "是"),
    ("customer_reply", "0", "1"),
    ("is_comment", "1", "0"),
    ("forwarded", "yes", "no"),
    ("self_service", "0", "1"),
    ("group_visibility", "Developers", ""),
    ("sent_to_customer", "partly", "yes"),
    ("recipient", "colleagues", "colleagues"),
    ("recipient", "colleagues", "jane@x.example"),
    ("sent", "no", "no"),
]


@pytest.mark.parametrize(("header", "note", "answer"), UNCLEAR)
def test_what_is_not_understood_stops_the_file_with_a_question(tmp_path, header, note, answer):
    rows = imported(table(tmp_path, header, note, answer))
    assert all(isinstance(row, Broken) for row in rows)
    (row,) = rows
    assert repr(header) in row.message
    for part in ("private_value=", "public_value=", "ignore=", "Nothing of this file was stored"):
        assert part in row.message


@pytest.mark.parametrize(("header", "note", "answer"), [each for each in UNCLEAR if each[1] != each[2]])
def test_a_question_can_be_answered(tmp_path, header, note, answer):
    path = table(tmp_path, header, note, answer, customer=note)
    said = {"private_value": note or "blank", "public_value": answer or "blank"}
    kept = [text for row in imported(path, **said) if isinstance(row, Accepted) for text in answers([row])]
    assert SECRET not in kept
    rows = imported(table(tmp_path, header, note, answer), **said)
    assert answers(rows) == ["Yes it does.", "It is."]
    assert SECRET in answers(imported(path, ignore=header))[0]


def test_a_customers_message_is_no_note_by_a_flag_of_replies(tmp_path):
    path = table(tmp_path, "is_reply", "false", "true", customer="false")
    assert answers(imported(path, private_value="false", public_value="true")) == ["Yes it does.", "It is."]


def test_the_answer_to_the_question(tmp_path):
    path = table(tmp_path, "visibility", "level 2", "level 1")
    assert answers(imported(path, private_value="level 2", public_value="Level 1")) == ["Yes it does.", "It is."]
    assert SECRET in " ".join(answers(imported(path, ignore="visibility")))
    path = table(tmp_path, "type", "N", "M")
    assert answers(imported(path, private_value="N", public_value="M")) == ["Yes it does.", "It is."]
    path = table(tmp_path, "zz", "a", "b")
    said = {"visibility": "zz", "private_value": "a", "public_value": "b"}
    assert answers(imported(path, **said)) == ["Yes it does.", "It is."]
    assert "no column 'yy'" in imported(path, visibility="yy")[0].message


@pytest.mark.parametrize(
    ("header", "note", "answer"),
    [("An Kunden gesendet", "nein", "ja"), ("sent", "0", "1"), ("recipient", "support team", "customer")],
)
def test_a_customer_sends_nothing_to_customers(tmp_path, header, note, answer):
    rows = imported(table(tmp_path, header, note, answer, customer=note))
    assert answers(rows) == ["Yes it does.", "It is."]


@pytest.mark.parametrize(
    "turns",
    [
        [{"sent_to_customer": False}, {"sent_to_customer": False}, {"sent_to_customer": True}],
        [{"recipient": "agents"}, {"recipient": "agents"}, {"recipient": "customer"}],
        [{"meta": {"sentToCustomer": 0}}, {"meta": {"sentToCustomer": 0}}, {"meta": {"sentToCustomer": 1}}],
    ],
)
def test_nor_in_json_lines(tmp_path, turns):
    path = tmp_path / "t.jsonl"
    said = [("customer", "Does it work outdoors?"), ("agent", SECRET), ("agent", "Yes")]
    row = [{"role": role, "text": text, **more} for (role, text), more in zip(said, turns, strict=True)]
    path.write_text(json.dumps({"id": "1", "turns": row}) + "\n")
    assert answers(imported(path)) == ["Yes"]


@pytest.mark.parametrize(("header", "note", "answer"), [("private", "false", ""), ("visibility", "internal", "public")])
def test_an_empty_cell_beside_both_is_a_note_of_agents_only(tmp_path, header, note, answer):
    path = tmp_path / "t.csv"
    path.write_text(
        f"id,role,text,{header}\n1,customer,Does it work?,\n1,agent,Secret,\n1,agent,Yes,{answer or note}\n"
        f"1,agent,Other,{note}\n"
    )
    rows = imported(path)
    assert "Secret" not in answers(rows)
    assert any(isinstance(row, Accepted) and row.item.turns[0].text == "Does it work?" for row in rows)


def test_other_columns_are_none_of_it(tmp_path):
    for header, value in [
        ("private_key", "k1"),
        ("public_url", "https://x.example"),
        ("internal_id", "17"),
        ("type", "Question"),
        ("channel", "pigeon"),
        ("department", "Sales"),
        ("notes", "a long text that somebody wrote about this customer and that nobody needs to read"),
        ("plan", "gold"),
        ("status", "open"),
        ("status", "closed"),
        ("customer_type", "private"),
        ("Kundentyp", "Privat"),
        ("category", "system"),
        ("recipient", "jane@x.example"),
        ("to", "Anna"),
        ("reply_to", "jane@x.example"),
        ("Gesendet", "02.01.2025"),
        ("customer_email", "jane@x.example"),
        ("Kunden-Nr", "17"),
        ("customer_type_id", "3"),
        ("ticket_type", "2"),
        ("channel_id", "1"),
        ("is_reply", "true"),
        ("client_ip", "10.0.0.1"),
        ("to_email", "jane@x.example"),
        ("客户对话", "1"),
    ]:
        rows = imported(table(tmp_path, header, value, value))
        assert SECRET in answers(rows)[0]


@pytest.mark.parametrize("role", ["note", "Internal note", "interne Notiz", "nota interna", "内部备注", "Note privée"])
def test_a_role_that_is_a_note(tmp_path, role):
    path = tmp_path / "t.csv"
    path.write_text(f"id,role,text\n1,customer,Does it work?\n1,{role},{SECRET}\n1,agent,Yes\n")
    assert answers(imported(path)) == ["Yes"]


@pytest.mark.parametrize("role", ["system", "Automatic", "workflow", "系统", "activity", "Automatische Nachricht"])
def test_a_program_is_no_agent(tmp_path, role):
    path = tmp_path / "t.csv"
    path.write_text(f"id,role,text\n1,customer,Does it work?\n1,{role},Ticket closed\n1,agent,Yes\n")
    assert answers(imported(path)) == ["Yes"]


KEYS = [
    ({"private": True}, {"private": False}),
    ({"private": True}, {}),
    ({"public": False}, {"public": True}),
    ({"public": False}, {}),
    ({"visibility": "internal"}, {"visibility": "public"}),
    ({"channel": "internal-note"}, {"channel": "email"}),
    ({"via": {"channel": "internal-note"}}, {"via": {"channel": "web"}}),
    ({"part_type": "note"}, {"part_type": "comment"}),
    ({"properties": [{"key": "sd.public.comment", "value": {"internal": True}}]}, {}),
    ({"isPublic": 0}, {"isPublic": 1}),
    ({"type": "system"}, {"type": "comment"}),
]


@pytest.mark.parametrize(("note", "answer"), KEYS)
def test_keys_of_json_lines(tmp_path, note, answer):
    path = tmp_path / "t.jsonl"
    turns = [
        {"role": "customer", "text": "Does it work outdoors?"},
        {"role": "agent", "text": SECRET, **note},
        {"role": "agent", "text": "Yes", **answer},
    ]
    path.write_text(json.dumps({"id": "1", "turns": turns}) + "\n")
    assert answers(imported(path)) == ["Yes"]


def test_an_unclear_key_on_the_last_line_stops_the_whole_file(tmp_path):
    path = tmp_path / "t.jsonl"
    turns = [{"role": "customer", "text": "Why?"}, {"role": "agent", "text": "So"}]
    lines = [json.dumps({"id": str(n), "turns": turns}) for n in range(3)]
    turns[1]["visibility"] = "level 2"
    path.write_text("\n".join([*lines, json.dumps({"id": "9", "turns": turns})]))
    (row,) = imported(path)
    assert isinstance(row, Broken)
    assert "'level 2'" in row.message


def test_internal_conversations_and_articles(tmp_path):
    path = tmp_path / "t.jsonl"
    turns = [{"role": "customer", "text": "Why?"}, {"role": "agent", "text": "So"}]
    lines = [
        {"id": "1", "turns": turns, "private": True},
        {"id": "2", "turns": turns, "labels": {"visibility": "internal"}},
        {"slug": "a", "title": "A", "text": "Door code", "visibility": "internal"},
        {"slug": "b", "title": "B", "text": "Open at nine", "visibility": "public"},
        {"slug": "c", "title": "C", "text": "Not yet", "visibility": "public", "draft": True},
    ]
    path.write_text("\n".join(map(json.dumps, lines)))
    rows = [row for row in imported(path) if not isinstance(row, Told)]
    assert [row.id for row in rows if isinstance(row, Dropped)] == ["1", "2", "a", "c"]
    assert {row.reason for row in rows[:4] if isinstance(row, Dropped)} == {"internal conversation", "internal article"}


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("not_public", Kind.PRIVATE),
        ("不公开", Kind.PRIVATE),
        ("customer_visible", Kind.PUBLIC),
        ("comment.public", Kind.PUBLIC),
        ("public_id", Kind.OTHER),
        ("source_id", Kind.OTHER),
        ("is_bot", Kind.AUTOMATIC),
        ("sent_at", Kind.OTHER),
        ("customer_notified_at", Kind.OTHER),
        ("customer_no", Kind.OTHER),
        ("visibility.type", Kind.WHO),
    ],
)
def test_names(name, kind):
    assert kind_of(name) is kind
