// Lower than any logit.
const NEVER = -1.0e30;
