"""Heart rate by wearables: ANSI/CTA-2065."""
