"""The audit log is long; what was done to a subject is found without reading it."""

from __future__ import annotations

from sqlalchemy import event

from chatbot.storage.queries import audit


async def test_what_was_done_to_a_subject_is_found_by_an_index(sqlite_database):
    asked = []

    def keep(_connection, _cursor, statement, parameters, *_):
        asked.append((statement, parameters))

    async with sqlite_database.read() as session:
        engine = session.get_bind()
        event.listen(engine, "before_cursor_execute", keep)
        await audit.about(session, ["retired", "restored"], [f"p{at}" for at in range(300)])
        event.remove(engine, "before_cursor_execute", keep)
        statement, parameters = asked[-1]
        connection = await session.connection()
        plan = (await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", tuple(parameters))).all()
    told = " ".join(str(row[-1]) for row in plan)
    assert "ix_audit_subject_act" in told
    assert "SCAN audit" not in told
