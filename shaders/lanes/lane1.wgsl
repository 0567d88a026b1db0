// A lane sums floats.
alias Lane = f32;
