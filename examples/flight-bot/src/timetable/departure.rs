//! One flight on one day, and how much of it is known when.

use super::clock::Moment;
use super::flight::FlightState;

/// One flight on one day, as the data has it; airline and airports are places in their tables.
#[derive(Debug)]
pub(super) struct Departure {
    pub(super) airline: usize,
    pub(super) number: u16,
    pub(super) origin: usize,
    pub(super) destination: usize,
    /// The scheduled departure, in New York's time.
    pub(super) scheduled: Moment,
    /// Scheduled minutes from gate to gate.
    pub(super) duration: i64,
    pub(super) outcome: Outcome,
}

/// What then happened to a flight.
#[derive(Debug, Clone, Copy)]
pub(super) enum Outcome {
    Cancelled,
    /// It left so many minutes late, and no arrival was recorded.
    Diverted {
        left: i64,
    },
    /// It left and landed so many minutes late.
    Landed {
        left: i64,
        landed: i64,
    },
}

/// How a flight stands at a moment, with the delays that a `FlightStatus` tells.
#[derive(Debug)]
pub(super) struct Standing {
    pub(super) state: FlightState,
    pub(super) departure_delay: Option<i64>,
    pub(super) arrival_delay: Option<i64>,
}

impl Departure {
    /// How the flight stands at a moment of New York's clock, from what could be known then and
    /// nothing else.
    ///
    /// A cancellation is known from the scheduled departure on: when it was announced is not in
    /// the data.
    pub(super) fn standing(&self, now: Moment) -> Standing {
        let left = match self.outcome {
            Outcome::Cancelled if now > self.scheduled => {
                return Standing::of(FlightState::Cancelled);
            }
            Outcome::Cancelled => return Standing::of(FlightState::Scheduled),
            Outcome::Diverted { left } | Outcome::Landed { left, .. } => left,
        };
        if now < self.scheduled.plus_minutes(left) {
            let late = now.minutes_since(self.scheduled);
            return match late {
                ..=0 => Standing::of(FlightState::Scheduled),
                _ => Standing { departure_delay: Some(late), ..Standing::of(FlightState::Delayed) },
            };
        }
        let (state, arrival_delay) = match self.outcome {
            Outcome::Landed { landed, .. } if now >= self.arrival().plus_minutes(landed) => {
                (FlightState::Landed, Some(landed))
            }
            Outcome::Diverted { left } if now > self.arrival().plus_minutes(left) => {
                (FlightState::Diverted, None)
            }
            _ => (FlightState::Departed, None),
        };
        Standing { state, departure_delay: Some(left), arrival_delay }
    }

    /// The scheduled arrival, in New York's time.
    pub(super) fn arrival(&self) -> Moment {
        self.scheduled.plus_minutes(self.duration)
    }
}

impl Standing {
    fn of(state: FlightState) -> Self {
        Self { state, departure_delay: None, arrival_delay: None }
    }

    /// Is it between its scheduled departure and its landing?
    pub(super) fn is_under_way(&self) -> bool {
        matches!(self.state, FlightState::Delayed | FlightState::Departed)
    }
}
