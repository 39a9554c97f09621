// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! A function that answers either way.

/// Who answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer<T> {
    /// The module.
    Hardware(T),
    /// The fallback.
    Software(T),
}

impl<T> Answer<T> {
    /// The value, whoever computed it.
    pub fn into_value(self) -> T {
        match self {
            Self::Hardware(value) | Self::Software(value) => value,
        }
    }
}

/// A function with a module and a fallback in software that computes the same.
pub struct Hybrid<H, S> {
    hardware: H,
    software: S,
}

impl<H, S> Hybrid<H, S> {
    /// `hardware` answers none when the module is not there (not loaded, swapped away meanwhile, all partitions taken);
    /// `software` always answers.
    pub fn new(hardware: H, software: S) -> Self {
        Self { hardware, software }
    }

    /// Computes. An error of the hardware is not an answer: the fallback computes then, and the error is given along.
    pub fn call<I: ?Sized, T, E>(&mut self, input: &I) -> (Answer<T>, Option<E>)
    where
        H: FnMut(&I) -> Result<Option<T>, E>,
        S: FnMut(&I) -> T,
    {
        match (self.hardware)(input) {
            Ok(Some(value)) => (Answer::Hardware(value), None),
            Ok(None) => (Answer::Software((self.software)(input)), None),
            Err(error) => (Answer::Software((self.software)(input)), Some(error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Answer, Hybrid};

    #[test]
    fn it_answers_either_way() {
        let mut state = vec![Ok(Some(6)), Ok(None), Err("revoked")].into_iter();
        let mut double = Hybrid::new(move |_: &u32| state.next().unwrap_or(Ok(None)), |n: &u32| n * 2);
        assert_eq!(double.call(&3), (Answer::Hardware(6), None));
        assert_eq!(double.call(&3), (Answer::Software(6), None));
        let (answer, error) = double.call(&4);
        assert_eq!((answer.into_value(), error), (8, Some("revoked")));
    }
}
