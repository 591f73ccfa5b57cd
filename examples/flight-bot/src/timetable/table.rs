//! The timetable and the questions it answers.

use super::airport::Airport;
use super::clock::{Date, Moment};
use super::departure::Departure;
use super::error::{DataError, LookupError};
use super::flight::{Flight, FlightState, FlightStatus};
use super::load::{self, Tables};
use super::number;
use super::places::{Place, Places};

/// All flights that left New York in twelve days of July 2013, at a stated clock.
#[derive(Debug)]
pub struct Timetable {
    tables: Tables,
    places: Places,
    now: Moment,
    first_day: Date,
    last_day: Date,
}

impl Timetable {
    /// Reads the data that is part of the program. The clock stands at 2013-07-04T08:00.
    pub fn load() -> Result<Self, DataError> {
        let tables = load::tables()?;
        let now = Moment::DEFAULT_NOW;
        let day = |departure: Option<&Departure>| {
            departure.map_or(now, |departure| departure.scheduled).date()
        };
        Ok(Self {
            places: Places::new(&tables.places, &tables.airports),
            now,
            first_day: day(tables.departures.first()),
            last_day: day(tables.departures.last()),
            tables,
        })
    }

    /// The same timetable with its clock at another moment, in New York's time; it must lie in the
    /// timetable's days.
    pub fn at(self, now: Moment) -> Result<Self, LookupError> {
        self.check_covers(now.date())?;
        Ok(Self { now, ..self })
    }

    /// The bot's clock, in New York's time.
    pub fn now(&self) -> Moment {
        self.now
    }

    /// The first day of the timetable.
    pub fn first_day(&self) -> Date {
        self.first_day
    }

    /// The last day of the timetable.
    pub fn last_day(&self) -> Date {
        self.last_day
    }

    /// The airports that serve a city, or the one that a code or a name means.
    pub fn airports(&self, city: &str) -> Result<Vec<Airport>, LookupError> {
        let place = self.place(city)?;
        Ok(place.airports.iter().map(|&at| self.tables.airports[at].told()).collect())
    }

    /// The next flights by schedule from one city to another that leave at a moment of New York's
    /// clock or later.
    ///
    /// There is at least one, whatever the limit: none at all is an error that says why.
    pub fn next_flights(
        &self,
        from: &str,
        to: &str,
        after: Moment,
        limit: usize,
    ) -> Result<Vec<Flight>, LookupError> {
        let (origin, destination) = (self.place(from)?, self.place(to)?);
        let (from, to) = (origin.name.clone(), destination.name.clone());
        if origin.overlaps(destination) {
            return Err(LookupError::SamePlace { from, to });
        }
        let departures = &self.tables.departures;
        let serves = |departure: &&Departure| {
            origin.airports.contains(&departure.origin)
                && destination.airports.contains(&departure.destination)
        };
        if !departures.iter().any(|departure| serves(&departure)) {
            return Err(LookupError::NoFlight { from, to });
        }
        self.check_covers(after.date())?;
        let due = departures.partition_point(|departure| departure.scheduled < after);
        let found = departures[due..].iter().filter(serves).take(limit.max(1));
        let found: Vec<_> = found.map(|departure| self.flight(departure)).collect();
        match found.is_empty() {
            true => Err(LookupError::NoneLeft { from, to, after, last_day: self.last_day }),
            false => Ok(found),
        }
    }

    /// How a flight stands at the clock, on a day or, without one, on the day that is most likely
    /// meant: the flight that is under way, else today's, else the next, else the last one.
    pub fn status(&self, number: &str, on: Option<Date>) -> Result<FlightStatus, LookupError> {
        if let Some(day) = on {
            self.check_covers(day)?;
        }
        let Some((airline, digits)) = number::parse(number, &self.tables.airlines) else {
            return Err(LookupError::NotAFlightNumber { text: number.to_owned() });
        };
        let departures = self.tables.departures.iter();
        let flown: Vec<_> = departures
            .filter(|flight| (flight.airline, flight.number) == (airline, digits))
            .collect();
        let asked = flown
            .iter()
            .filter(|flight| on.is_none_or(|day| flight.scheduled.date() == day))
            .min_by_key(|flight| self.remoteness(flight));
        if let Some(departure) = asked {
            return Ok(self.told(departure));
        }
        let flight_number = number::written(&self.tables.airlines[airline], digits);
        let (first_day, last_day) = (self.first_day, self.last_day);
        let mut days: Vec<_> = flown.iter().map(|flight| flight.scheduled.date()).collect();
        days.dedup();
        Err(match on {
            Some(day) if !days.is_empty() => LookupError::NotThatDay { flight_number, day, days },
            _ => LookupError::UnknownFlight { flight_number, first_day, last_day },
        })
    }

    /// How far a flight is from what someone means who asks now: the least is meant.
    fn remoteness(&self, departure: &Departure) -> (u8, u64) {
        let ahead = departure.scheduled.minutes_since(self.now);
        let today = departure.scheduled.date() == self.now.date();
        let rank = match (departure.standing(self.now).is_under_way(), today, ahead >= 0) {
            (true, _, _) => 0,
            (_, true, true) => 1,
            (_, true, false) => 2,
            (_, false, true) => 3,
            (_, false, false) => 4,
        };
        (rank, ahead.unsigned_abs())
    }

    fn place(&self, name: &str) -> Result<&Place, LookupError> {
        self.places.find(name, &self.tables.airports)
    }

    fn check_covers(&self, day: Date) -> Result<(), LookupError> {
        let (first_day, last_day) = (self.first_day, self.last_day);
        match (first_day..=last_day).contains(&day) {
            true => Ok(()),
            false => Err(LookupError::OutsideTimetable { day, first_day, last_day }),
        }
    }

    fn flight(&self, departure: &Departure) -> Flight {
        let airline = &self.tables.airlines[departure.airline];
        Flight {
            airline: airline.name.to_owned(),
            flight_number: number::written(airline, departure.number),
            origin: self.tables.airports[departure.origin].told(),
            destination: self.tables.airports[departure.destination].told(),
            departure: departure.scheduled.to_string(),
            arrival: self.at_destination(departure, departure.arrival()).to_string(),
            duration_minutes: departure.duration,
        }
    }

    fn told(&self, departure: &Departure) -> FlightStatus {
        let standing = departure.standing(self.now);
        // A delay so far is no departure yet.
        let left = standing.departure_delay.filter(|_| standing.state != FlightState::Delayed);
        let landed = standing.arrival_delay.map(|delay| departure.arrival().plus_minutes(delay));
        FlightStatus {
            flight: self.flight(departure),
            as_of: self.now.to_string(),
            actual_departure: left.map(|delay| departure.scheduled.plus_minutes(delay).to_string()),
            actual_arrival: landed.map(|landed| self.at_destination(departure, landed).to_string()),
            departure_delay_minutes: standing.departure_delay,
            arrival_delay_minutes: standing.arrival_delay,
            state: standing.state,
        }
    }

    /// A moment of the origin's clock on the destination's.
    fn at_destination(&self, departure: &Departure, moment: Moment) -> Moment {
        let airports = &self.tables.airports;
        moment.plus_minutes(
            airports[departure.destination].utc_offset - airports[departure.origin].utc_offset,
        )
    }
}
