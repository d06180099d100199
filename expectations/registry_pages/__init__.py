"""The pages of what holds for the whole registry: roots of trust, policy, stewards. Everybody reads; stewards propose."""
