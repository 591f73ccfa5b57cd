//! Tests with real flights of the data.

use super::*;

fn timetable() -> Timetable {
    Timetable::load().unwrap()
}

fn at(now: &str) -> Timetable {
    timetable().at(now.parse().unwrap()).unwrap()
}

/// Returns the next flights between two places, one line per flight.
fn flights(from: &str, to: &str) -> Result<Vec<String>, String> {
    let timetable = timetable();
    let found =
        timetable.next_flights(from, to, timetable.now(), 3).map_err(|error| error.to_string())?;
    let line = |flight: &Flight| {
        let (origin, destination) = (&flight.origin.code, &flight.destination.code);
        format!(
            "{} {origin} {} {destination} {}",
            flight.flight_number, flight.departure, flight.arrival
        )
    };
    Ok(found.iter().map(line).collect())
}

/// Returns the status of a flight at `now`: scheduled departure, state, delays, actual times.
fn status(now: &str, flight: &str, day: Option<&str>) -> String {
    let status = at(now).status(flight, day.map(|day| day.parse().unwrap())).unwrap();
    assert_eq!(status.as_of, now);
    let delay = |delay: Option<i64>| delay.map_or("-".to_owned(), |minutes| minutes.to_string());
    let time = |time: Option<String>| time.unwrap_or("-".to_owned());
    format!(
        "{} {:?} {} {} {} {}",
        status.flight.departure,
        status.state,
        delay(status.departure_delay_minutes),
        time(status.actual_departure),
        delay(status.arrival_delay_minutes),
        time(status.actual_arrival),
    )
}

#[test]
fn next_flights_accept_all_names_of_a_place() {
    let expected = [
        "UA 1581 EWR 2013-07-04T08:42 SEA 2013-07-04T11:52",
        "B6 63 JFK 2013-07-04T09:01 SEA 2013-07-04T12:04",
        "DL 1443 JFK 2013-07-04T09:30 SEA 2013-07-04T12:29",
    ];
    for (from, to) in [
        ("New York", "Seattle"),
        ("nyc", "SEA"),
        ("New York City", "seattle, wa"),
        ("New York, NY", "Seattle (SEA)"),
        ("new york, usa", "Seattle–Tacoma International Airport"),
    ] {
        assert_eq!(flights(from, to).unwrap(), expected, "{from} {to}");
    }
    assert_eq!(flights("JFK", "Seattle").unwrap()[..2], expected[1..]);
}

#[test]
fn a_flight_has_all_its_fields() {
    let timetable = timetable();
    let flights = timetable.next_flights("New York", "Honolulu", timetable.now(), 1).unwrap();
    let airport = |code: &str, name: &str, city: &str, state: &str| Airport {
        code: code.to_owned(),
        name: name.to_owned(),
        city: city.to_owned(),
        state: state.to_owned(),
    };
    let expected = Flight {
        airline: "Hawaiian Airlines Inc.".to_owned(),
        flight_number: "HA 51".to_owned(),
        origin: airport("JFK", "John F Kennedy International Airport", "New York", "New York"),
        destination: airport("HNL", "Daniel K Inouye International Airport", "Honolulu", "Hawaii"),
        departure: "2013-07-04T10:00".to_owned(),
        arrival: "2013-07-04T14:30".to_owned(),
        duration_minutes: 630,
    };
    assert_eq!(flights, [expected]);
}

#[test]
fn an_arrival_can_be_on_the_next_day() {
    let timetable = timetable();
    let after = "2013-07-12T23:59".parse().unwrap();
    let flights = timetable.next_flights("New York", "Ponce", after, 9).unwrap();
    let times: Vec<_> =
        flights.iter().map(|flight| (&*flight.departure, &*flight.arrival)).collect();
    assert_eq!(times, [("2013-07-12T23:59", "2013-07-13T03:50")]);
}

#[test]
fn next_flights_can_be_days_ahead() {
    let expected = ["UA 887 EWR 2013-07-06T16:15 ANC 2013-07-06T19:53"];
    assert_eq!(flights("New York", "Anchorage").unwrap(), expected);
}

#[test]
fn lookup_errors_explain_the_reason() {
    let train = "You should take a train, specially if it helps to reduce CO2 emissions.";
    let cases = [
        (
            "Miami",
            "Seattle",
            format!("There are no flights available from Miami to Seattle. {train}"),
        ),
        ("Seattle", "NYC", format!("There are no flights available from Seattle to NYC. {train}")),
        (
            "jfk",
            "Albany",
            format!("There are no flights available from New York (JFK) to Albany. {train}"),
        ),
        (
            "New York",
            "Newark",
            "New York and Newark are the same place. No flight is needed.".to_owned(),
        ),
        (
            "New York",
            "Seatle",
            "Unknown place: \"Seatle\". Did you mean Seattle?".to_owned(),
        ),
        (
            "New York",
            "Portland",
            "\"Portland\" could be Portland, Oregon or Portland, Maine. Give the city and its state."
                .to_owned(),
        ),
    ];
    for (from, to, expected) in cases {
        assert_eq!(flights(from, to).unwrap_err(), expected);
    }
    let error = flights("New York", "Ulaanbaatar").unwrap_err();
    let expected = "Unknown place: \"Ulaanbaatar\". The timetable covers flights from New York";
    assert!(error.starts_with(expected), "{error}");
}

#[test]
fn days_outside_the_timetable_are_rejected() {
    let timetable = timetable();
    let error = |to: &str, after: &str| {
        let after = after.parse().unwrap();
        timetable.next_flights("New York", to, after, 1).unwrap_err().to_string()
    };
    assert_eq!(
        error("Anchorage", "2013-07-06T16:16"),
        "No flight from New York to Anchorage departs after 2013-07-06T16:16. \
         The timetable ends on 2013-07-12."
    );
    let outside = "2024-02-29 is not in the timetable. Use a day from 2013-07-01 to 2013-07-12.";
    assert_eq!(error("Seattle", "2024-02-29"), outside);
    assert_eq!(timetable.at("2024-02-29".parse().unwrap()).unwrap_err().to_string(), outside);
}

#[test]
fn places_are_found_by_many_spellings() {
    let timetable = timetable();
    let codes = |name: &str| {
        let airports = timetable.airports(name).unwrap();
        airports.into_iter().map(|airport| airport.code).collect::<Vec<_>>().join(" ")
    };
    for (name, expected) in [
        ("NEW YORK", "JFK LGA EWR"),
        ("newark, new jersey", "EWR"),
        ("St. Louis", "STL"),
        ("Saint Louis, MO", "STL"),
        ("Ft Lauderdale", "FLL"),
        ("Washington", "DCA IAD"),
        ("Washington, D.C.", "DCA IAD"),
        ("Chicago", "MDW ORD"),
        ("o’hare", "ORD"),
        ("Kansas City", "MCI"),
        ("Nashville International Airport", "BNA"),
        ("Dallas", "DFW"),
        ("Portland, ME", "PWM"),
        ("Portland, Oregon", "PDX"),
        ("Cincinnati, Ohio", "CVG"),
        ("Martha's Vineyard", "MVY"),
    ] {
        assert_eq!(codes(name), expected, "{name}");
    }
    for name in ["", "  ", "()", "city", "New", "ORLY"] {
        timetable.airports(name).unwrap_err();
    }
}

#[test]
fn status_contains_nothing_later_than_the_clock() {
    let cases = [
        ("2013-07-04T08:00", "2013-07-04T08:42 Scheduled - - - -"),
        ("2013-07-04T08:42", "2013-07-04T08:42 Scheduled - - - -"),
        ("2013-07-04T08:50", "2013-07-04T08:42 Delayed 8 - - -"),
        ("2013-07-04T08:55", "2013-07-04T08:42 Departed 13 2013-07-04T08:55 - -"),
        ("2013-07-04T14:28", "2013-07-04T08:42 Departed 13 2013-07-04T08:55 - -"),
        ("2013-07-04T14:29", "2013-07-04T08:42 Landed 13 2013-07-04T08:55 -23 2013-07-04T11:29"),
    ];
    for (now, expected) in cases {
        assert_eq!(status(now, "UA1581", Some("2013-07-04")), expected, "{now}");
    }
    // This flight departed one minute early.
    let early = "2013-07-04T05:36 Departed -1 2013-07-04T05:35 - -";
    assert_eq!(status("2013-07-04T05:35", "United 1106", None), early);
}

#[test]
fn cancelled_and_diverted_flights_have_a_status() {
    let cases = [
        ("2013-07-03T06:29", "EV 4334", "2013-07-03T06:29 Scheduled - - - -"),
        ("2013-07-03T06:30", "EV 4334", "2013-07-03T06:29 Cancelled - - - -"),
        // Departed 3 minutes early for a flight of 195 minutes, without a recorded arrival.
        ("2013-07-01T11:32", "AA 2267", "2013-07-01T08:20 Departed -3 2013-07-01T08:17 - -"),
        ("2013-07-01T11:33", "AA 2267", "2013-07-01T08:20 Diverted -3 2013-07-01T08:17 - -"),
    ];
    for (now, flight, expected) in cases {
        assert_eq!(status(now, flight, Some(&now[..10])), expected, "{now}");
    }
}

#[test]
fn status_without_a_day_selects_the_closest_flight() {
    // The flight of the previous evening departed 107 minutes late and is in the air.
    let in_the_air = "2013-07-03T21:15 Departed 107 2013-07-03T23:02 - -";
    assert_eq!(status("2013-07-04T02:00", "DL 347", None), in_the_air);
    // A flight that landed today has priority over tomorrow's.
    assert!(status("2013-07-04T20:00", "B6 525", None).starts_with("2013-07-04T06:50 Landed 107"));
    // Of two legs with the same number on one day, the later one is selected.
    assert!(status("2013-07-06T12:00", "WN 2269", None).starts_with("2013-07-06T15:40 Scheduled"));
    // The flight is days ahead, then days ago.
    assert!(status("2013-07-04T08:00", "UA 887", None).starts_with("2013-07-06T16:15 Scheduled"));
    assert!(status("2013-07-10T08:00", "UA 887", None).starts_with("2013-07-06T16:15 Landed"));
}

#[test]
fn unknown_flights_are_errors() {
    let error = |flight: &str, day: Option<&str>| {
        let day = day.map(|day| day.parse().unwrap());
        timetable().status(flight, day).unwrap_err().to_string()
    };
    assert_eq!(
        error("the red one", None),
        "\"the red one\" is not a flight number. Give the airline and the digits, such as DL 1443."
    );
    assert_eq!(
        error("dl 9999", None),
        "There is no flight DL 9999 from New York from 2013-07-01 to 2013-07-12."
    );
    assert_eq!(
        error("UA 887", Some("2013-07-04")),
        "UA 887 does not fly on 2013-07-04. It flies on 2013-07-06."
    );
    assert!(error("UA 887", Some("2013-08-01")).contains("is not in the timetable"));
}
