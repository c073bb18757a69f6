"""ECG algorithms: ANSI/AAMI EC57 and IEC 60601-2-47. The standards set no limits of performance, they ask for its
disclosure; limits here are the project's own, and a laboratory puts its own in their place."""
