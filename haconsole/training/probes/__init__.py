"""What a lesson's checks look at: observed state only, told in sentences."""
