// A lane sums four floats side by side.
alias Lane = vec4f;
