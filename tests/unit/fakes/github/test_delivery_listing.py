from fakes.github.delivery_listing import Listing
from fakes.github.state import Delivery

NOW = 1_000_000


def deliveries(number: int) -> list[Delivery]:
    return [Delivery(id, f"guid-{id}", "check_suite", NOW - 1000 + id, 202, b"{}") for id in range(1, number + 1)]


def walked(listing: Listing, number: int = 7, size: int = 3, page_limit: int = 10) -> list[list[int]]:
    """Return the ids of each page as a client follows the cursor."""
    listed = listing.listed(deliveries(number), 0, NOW)
    pages, cursor = [], None
    while len(pages) < page_limit:
        page, cursor = listing.page(listed, cursor, size)
        pages.append([delivery.id for delivery in page])
        if cursor is None:
            break
    return pages


def test_without_faults_the_newest_is_first() -> None:
    assert walked(Listing()) == [[7, 6, 5], [4, 3, 2], [1]]
    assert walked(Listing(), number=0) == [[]]


def test_a_late_delivery_is_listed_by_id_once_it_is_due() -> None:
    listing = Listing(late={4: NOW + 1})
    assert [delivery.id for delivery in listing.listed(deliveries(5), 0, NOW)] == [5, 3, 2, 1]
    assert [delivery.id for delivery in listing.listed(deliveries(5), 0, NOW + 1)] == [5, 4, 3, 2, 1]


def test_a_list_that_is_reversed_in_groups_keeps_its_order_as_it_grows() -> None:
    assert walked(Listing(reversed_by=3)) == [[6, 7, 3], [4, 5, 1], [2]]
    assert walked(Listing(reversed_by=3), number=8) == [[6, 7, 8], [3, 4, 5], [1, 2]]


def test_entries_are_repeated_at_the_beginning_of_the_next_page() -> None:
    assert walked(Listing(repeated=1)) == [[7, 6, 5], [5, 4, 3, 2], [2, 1]]


def test_pages_may_be_shorter_than_requested_and_the_first_empty() -> None:
    assert walked(Listing(page_at_most=2)) == [[7, 6], [5, 4], [3, 2], [1]]
    assert walked(Listing(page_at_most=0)) == [[], [7, 6, 5], [4, 3, 2], [1]]


def test_a_cursor_may_lead_to_its_own_page_forever() -> None:
    assert walked(Listing(loops=True), page_limit=4) == [[7, 6, 5], [4, 3, 2], [4, 3, 2], [4, 3, 2]]


def test_a_removed_cursor_leads_to_the_next_older_delivery() -> None:
    listed = Listing().listed(deliveries(7), 0, NOW)
    page, _ = Listing().page([delivery for delivery in listed if delivery.id != 4], 4, 3)
    assert [delivery.id for delivery in page] == [3, 2, 1]
