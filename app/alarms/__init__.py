"""The life of alarms on the gateway, after ISA-18.2 / IEC 62682: pure steps on frozen state."""
