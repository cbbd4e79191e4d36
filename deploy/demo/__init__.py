"""A world to look at: real data replayed, a made-up sales organisation that goes on for as long as you watch. Start with README.md."""
