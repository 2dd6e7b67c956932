import regulars_marketing


def test_the_public_face_is_sorted_and_whole() -> None:
    face = regulars_marketing.__all__
    constants = sorted(name for name in face if name.isupper())
    classes = sorted(name for name in face if name[0].isupper() and not name.isupper())
    assert face == [*constants, *classes, *sorted(name for name in face if name.islower())]
    public = {name for name in vars(regulars_marketing) if not name.startswith("_")}
    assert public == set(face)
