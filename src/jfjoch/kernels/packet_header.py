"""Where things stand in the header of a packet; ``detector.packets.header`` says what they are."""

HEADER_BYTES = 48
PACKET_NUMBER, PULSE_ID, STATUS_BITS, DETECTOR_TYPE, VERSION = 12, 16, 40, 46, 47
