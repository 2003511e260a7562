"""What a policy officer works with: who is affected by an edit, cases as tables, pictures."""
