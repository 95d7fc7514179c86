"""The prose of the page on what is taken up, stopped and taken up again."""

OPENING = """# On and off: what is taken up, stopped and taken up again

Method notes and simulations for `one_person` where there is more than one change: a trial in one person (ABA, ABAB, or blocks in an order
drawn by lot). Written by

    {command}

on {date} with lowback {lowback}, numpy {numpy}. Shares are in percent, with their Monte Carlo standard error in brackets; coverage that is
too low by more than twice that is in bold. One change alone is in [days and waves](days-and-waves.md).

## How it is declared

The days of changes after the first are columns of the participants, in order, since baseline like `change_day`:

```yaml
estimands:
  - name: back pain on and off the programme
    summary: change in one person
    outcome: pain_nrs
    start_drawn_from: [14, 20]                       # the lot of change_day, where there was one
    then:
      - {{day: stop_day, drawn_from: [35, 41]}}        # stopped
      - {{day: again_day, drawn_from: [56, 62]}}       # and taken up again
```

`drawn_from` is given for every change or for none; days of lots lie so far apart that each phase has five days or more. Blocks of fixed
length have one column with the order of A (off) and B (on), such as `ABBA`:

```yaml
    blocks: {{order: block_order, days: 14, from_day: 0, drawn_from: [ABAB, BABA, ABBA, BAAB]}}
```

Each order is as likely as the next, and any other is refused. Two blocks of one letter after each other are one phase, since nothing changes
between them. A day outside the diaries, days out of order and a phase of fewer than five days are refused with column and value;
who has fewer than five days with a score in a phase is left out and counted.

## What is estimated

One slope goes through all days, and the level of the days on less that of the days off is the difference: one size for all changes. A second
model of the same days has a step for taking it up and another for stopping, whose sum is what stays. On the sheet of one person each change
stands by itself as well, from the two phases next to it, as if there were no others. Residuals and intervals are those of one change. The day
of each change is left out; where chance did not draw it, one at each side too. Against nlme's `gls` (corAR1, restricted maximum) both models
agree to 1e-5, the randomisation test over every draw with `lm` exactly (tests/reference/phases).

**Nothing is carried over** is what the difference takes for granted: what is taken up works from the day after it on and is over from the day
after it is stopped. Where it needs some days, `days_to_settle: 7` leaves out so many after each change, as drawn and as it could have been. A
table below says what happens otherwise. A change in slope is not told here: what comes slowly makes the difference smaller.

"""

COVERAGE = """## One person

**Coverage of the 95 % interval** of the difference between on and off, and of the change when it was stopped, phases of one length; "least
squares" takes days for independent (on less off).

"""

POOLED = """## Several people

**Coverage of the pooled interval** in cohorts of people whose own differences vary with an SD of 0.5 around -1 (SDs of a day), ABAB, as many
cohorts in each line as there are replicates; "stopped" is the change when it was stopped, "stayed" what the two leave.

"""

LOTS = """## The lot

Ten people whose days are eased about as often as they are on, whatever they do: the share of cohorts in which the randomisation test finds
something at 5 %, over the lot from which their changes were drawn, and over another (five is right). "Days of three changes" were two for each
and are told as nine, seven and eight; "orders of four blocks" was two orders and is told as six. The last column is how often forty such
people are refused because they lie in the places of the lot told as chance gives in fewer than 1 of 10,000. Nobody finds that out of one person:
an order or day that could not be drawn is refused, one that could is believed.

"""

CHOSEN = """## Days that nobody drew

Diaries of 84 days in which nothing changes. It is taken up on the worst of days 14 to 27, stopped on the best day one to three weeks later, and in
ABAB taken up again on the worst day one to three weeks after that: the share of people whose interval says that the level was lower or
higher on (2.5 % each is right), and the mean difference in SDs of a day, with its Monte Carlo error.

"""

CARRIED = """## What is carried over

A programme that eases by 1 SD of a day from day 28 to 56 of 84, and so many days beyond: mean estimates (memory 0.4), with their Monte Carlo error.
"Days to settle" are left out after each change. What stays is to be read beside the difference: it is unsure in one person, and tells in
several. Where anything lasts for days, the days next to the stop say that nothing came back, and so they weigh most on the steps.

"""

PRIORS = """## Short diaries that wander

One change, start in the middle, nothing changed. A course of a memory of 0.96 from day to day looks in two or four weeks like one of a shorter
memory, and intervals of the change in level and in slope cover somewhat less than they say. Other priors of how residuals hang together
mend some of it, the last of these most, and widen every interval, those the most that cover too often already. None was taken, so the limit
stays: what wanders for weeks needs eight weeks of days or more. Widths are medians, in SDs of a day (slope: a week).

"""
