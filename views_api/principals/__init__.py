"""Who are they? By a token of the settings, an API key, or a token of an OIDC issuer: each ends as one `Scope`."""
