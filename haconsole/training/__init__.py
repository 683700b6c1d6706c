"""The walkthrough: lessons, their checks, and the classroom in which they are done."""
