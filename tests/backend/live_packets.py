# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Datagrams of face streams put together byte by byte, by what their makers document and not by our own writers."""

import struct

#: Order of the values in a datagram of Live Link Face, as Unreal Engine names them.
UNREAL = (
    "EyeBlinkLeft EyeLookDownLeft EyeLookInLeft EyeLookOutLeft EyeLookUpLeft EyeSquintLeft EyeWideLeft "
    "EyeBlinkRight EyeLookDownRight EyeLookInRight EyeLookOutRight EyeLookUpRight EyeSquintRight EyeWideRight "
    "JawForward JawLeft JawRight JawOpen MouthClose MouthFunnel MouthPucker MouthLeft MouthRight MouthSmileLeft "
    "MouthSmileRight MouthFrownLeft MouthFrownRight MouthDimpleLeft MouthDimpleRight MouthStretchLeft "
    "MouthStretchRight MouthRollLower MouthRollUpper MouthShrugLower MouthShrugUpper MouthPressLeft "
    "MouthPressRight MouthLowerDownLeft MouthLowerDownRight MouthUpperUpLeft MouthUpperUpRight BrowDownLeft "
    "BrowDownRight BrowInnerUp BrowOuterUpLeft BrowOuterUpRight CheekPuff CheekSquintLeft CheekSquintRight "
    "NoseSneerLeft NoseSneerRight TongueOut HeadYaw HeadPitch HeadRoll LeftEyeYaw LeftEyePitch LeftEyeRoll "
    "RightEyeYaw RightEyePitch RightEyeRoll"
).split()
#: A frame of iFacialMocap as its maker prints it.
FACE_MOCAP = (
    b"mouthSmile_R-0|eyeLookOut_L-0|mouthUpperUp_L-11|eyeWide_R-0|mouthClose-8|mouthPucker-4|mouthRollLower-9|"
    b"eyeBlink_R-7|eyeLookDown_L-17|cheekSquint_R-11|eyeBlink_L-7|tongueOut-0|jawRight-0|eyeLookIn_R-6|"
    b"cheekSquint_L-11|mouthDimple_L-10|mouthPress_L-4|eyeSquint_L-11|mouthRight-0|mouthShrugLower-9|eyeLookUp_R-0|"
    b"eyeLookOut_R-0|mouthPress_R-5|cheekPuff-2|jawForward-11|mouthLowerDown_L-9|mouthFrown_L-6|mouthShrugUpper-26|"
    b"browOuterUp_L-4|browInnerUp-20|mouthDimple_R-10|browDown_R-0|mouthUpperUp_R-10|mouthRollUpper-8|mouthFunnel-12|"
    b"mouthStretch_R-21|mouthFrown_R-13|eyeLookDown_R-17|jawOpen-12|jawLeft-0|browDown_L-0|mouthSmile_L-0|"
    b"noseSneer_R-18|mouthLowerDown_R-8|noseSneer_L-21|eyeWide_L-0|mouthStretch_L-21|browOuterUp_R-4|eyeLookIn_L-4|"
    b"eyeSquint_R-11|eyeLookUp_L-0|mouthLeft-1|=head#-21.488958,-6.038993,-6.6019735,-0.030653415,-0.10287084,"
    b"-0.6584072|rightEye#6.0297494,2.4403017,0.25649446|leftEye#6.034903,-1.6660284,-0.17520553|"
)
#: The same of Facemotion3d, cut to a few shapes.
FACE_MOTION = (
    b"eyeLookOutLeft&3|mouthPressRight&14|jawForward&8|jawOpen&4|FM_SAD&0|mouthSmileLeft&-2|"
    b"=head#-22.167973,0.45402408,-4.8798294,-0.039975993,-0.048437987,-0.45562273|"
    b"rightEye#12.759762,5.527712,1.2244859|leftEye#12.862795,1.264116,0.28145725|"
)


def live_link(
    values: dict[str, float] | None = None,
    number: int = 100,
    subject: str = "iPhone",
    rate: tuple[int, int] = (60, 1),
    part: float = 0.25,
    order: str = ">",
    count: int = 61,
) -> bytes:
    """A datagram of Live Link Face; ``order`` is that of its bytes."""
    said = {**dict.fromkeys(UNREAL, 0.0), **(values or {})}
    device, name = b"8C2F7D10-0000-4000-8000-123456789ABC", subject.encode()
    data = struct.pack("B", 6)
    for text in (device, name):
        data += struct.pack(f"{order}i", len(text)) + text
    data += struct.pack(f"{order}ifii", number, part, *rate)
    return data + struct.pack(f"{order}B{count}f", count, *list(said.values())[:count])


def osc(address: str, tags: str, *arguments: float | str) -> bytes:
    """A message of Open Sound Control."""

    def padded(text: str) -> bytes:
        data = text.encode() + b"\0"
        return data + b"\0" * (-len(data) % 4)

    body = b"".join(
        padded(a) if tag == "s" else struct.pack(f">{tag}", a)
        for tag, a in zip(tags, arguments, strict=True)
    )
    return padded(address) + padded("," + tags) + body


def bundle(*messages: bytes) -> bytes:
    """Messages in one bundle."""
    parts = b"".join(struct.pack(">i", len(message)) + message for message in messages)
    return b"#bundle\0" + struct.pack(">Q", 1) + parts
