if (Number.isNaN(dose)) stop();
const value = x > 0 ? x : NaN;
const same = Object.is(x, NaN);
const self = x !== x;
const less = x < NaN;
