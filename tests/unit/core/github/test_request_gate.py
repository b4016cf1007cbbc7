from core.github.request_gate import RequestGate


def test_a_gate_stays_closed_for_the_longest_pause() -> None:
    now = [100.0]
    gate = RequestGate(lambda: now[0])
    assert gate.remaining() <= 0
    gate.close(60)
    gate.close(5)
    now[0] = 130
    assert gate.remaining() == 30
    now[0] = 161
    assert gate.remaining() <= 0
