"""The accuracy of a diagnostic test and of its next version.

`accuracy` (predictive values at a stated prevalence, likelihood ratios, area with several observations a patient),
`paired` (two versions on the same cases), `plan` (acceptance criteria declared before a change, and how often a
sequestered test set was used).
"""
