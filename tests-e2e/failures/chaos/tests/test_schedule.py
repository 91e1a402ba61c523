"""The same seed is the same run; another one is another."""

from __future__ import annotations

from failures.chaos.orders import USERS, make_orders
from failures.chaos.orders import Kind as OrderKind
from failures.chaos.schedule import SERVERS, SERVICES, Fault, Kind, make_schedule


def test_a_seed_decides_everything() -> None:
    assert make_schedule(1, 20) == make_schedule(1, 20)
    assert make_schedule(1, 20) != make_schedule(2, 20)
    assert make_orders(1, 50, 60.0) == make_orders(1, 50, 60.0)
    assert make_orders(1, 50, 60.0) != make_orders(2, 50, 60.0)


def test_every_server_and_service_dies_once() -> None:
    for seed in range(1, 6):
        faults = {fault for faults in make_schedule(seed, 16) for fault in faults}
        assert faults >= {Fault(Kind.KILL, target) for target in (*SERVERS, *SERVICES)}


def test_no_round_breaks_one_part_in_two_ways() -> None:
    for seed in range(1, 6):
        for faults in make_schedule(seed, 40):
            assert len({fault.target for fault in faults}) == len(faults)


def test_orders_are_mixed_and_in_time() -> None:
    orders = make_orders(1, 200, 100.0)
    assert {order.kind for order in orders} == set(OrderKind)
    assert {order.user for order in orders} == set(range(USERS))
    assert [order.at for order in orders] == sorted(order.at for order in orders)
    assert {len(order.draft.affirmations) for order in orders} >= {1, 4, 12, 24}
    lines = [line for order in orders for line in order.draft.affirmations]
    assert len(set(lines)) < len(lines) / 5
    assert len({order.draft.local_draft_id for order in orders}) == 200
