"""Kinds of numbers of subsets: what each claims, and how it is drawn."""

EXACT = "exact"
UNBIASED = "estimate, unbiased"
CHAO = "lower bound, Chao"
CHAPMAN = "capture-recapture, Chapman"
SEEN = "seen in random queries"

CLAIMS = {
    EXACT: "counted, the empty subset left out",
    UNBIASED: "an estimate with a 95 % confidence interval",
    CHAPMAN: "an estimate with a 95 % confidence interval, both too low, for it takes "
    "all subsets to be equally likely and they are not",
    CHAO: "an estimate, with its 95 % confidence interval, of a lower bound",
    SEEN: "a count of what was drawn, so a lower bound",
}

# Style and colour of each.
MARKS = {
    EXACT: ("o-", "#4aa3df"),
    UNBIASED: ("s--", "#d95f02"),
    CHAPMAN: ("v", "#7b3294"),
    CHAO: ("^", "#1a9850"),
    SEEN: ("x", "#b15928"),
}
